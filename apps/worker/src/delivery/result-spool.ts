import type { Dirent } from 'node:fs';
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttemptRef } from '#contracts';
import { jsonPieces } from '#memory';
import { attemptFileName } from '../attempt-key.js';
import { isTemporaryName, temporaryIn, writeAtomically } from '../files/atomic-write.js';
import { makeFolders } from '../files/durable-folder.js';
import { hasCode, messageOf } from '../system-error.js';
import {
  type CollectedFile,
  isAmount,
  isCollectedFile,
  isRecord,
  isSpooledReport,
  type SpooledAttempt,
  type SpooledReport,
} from './spooled-report.js';

const EXTENSION = '.json';
const REFUSED = `${EXTENSION}.refused`;
/** How many refused reports are kept for the user. */
const MOST_REFUSED = 20;

interface Entry {
  /** Milliseconds since the epoch, growing with every report: the order in which they were kept. */
  spooledAt: number;
  report: SpooledReport;
  /** What has to be at the server before the report is sent. */
  files?: readonly CollectedFile[];
}

/**
 * Keeps finished reports on disk until the server has acknowledged them: one file each, `*.json`, in a folder that
 * other `*.json` files have no business in. For one process at a time.
 */
export class ResultSpool {
  private newest = 0;

  private constructor(
    private readonly directory: string,
    private readonly now: () => number,
  ) {}

  /** Creates the folder, closed to other users, where it is missing. */
  static async open(directory: string, now: () => number = Date.now): Promise<ResultSpool> {
    try {
      await makeFolders(directory, 0o700);
    } catch (cause) {
      throw unusable(directory, 'open the spool', cause);
    }
    return new ResultSpool(directory, now);
  }

  /** Keeps a report, in place of an earlier one of the same attempt. Resolves when it would outlast a loss of power. */
  async add(report: SpooledReport, files: readonly CollectedFile[] = []): Promise<void> {
    const spooledAt = Math.max(this.now(), this.newest + 1);
    this.newest = spooledAt;
    const entry: Entry = { spooledAt, report, ...(files.length > 0 && { files }) };
    try {
      await writeAtomically(this.pathOf(report), jsonPieces(entry), { mode: 0o600 });
    } catch (cause) {
      throw unusable(this.directory, `keep the report of task ${report.taskId}`, cause);
    }
  }

  /** A report that is kept. */
  async read(ref: AttemptRef): Promise<SpooledReport> {
    const path = this.pathOf(ref);
    const found = await readEntry(path);
    if (found === null) throw new Error(`${JSON.stringify(path)} is gone, or is no whole report any more`);
    return found.entry.report;
  }

  /** Forgets an acknowledged report; nothing happens when there is none. */
  async remove(ref: AttemptRef): Promise<void> {
    // Not flushed: after a loss of power the report is sent again, and the server takes that as a repetition.
    try {
      await rm(this.pathOf(ref), { force: true });
    } catch (cause) {
      throw unusable(this.directory, `remove the report of task ${ref.taskId}`, cause);
    }
  }

  /** Rejects when not even a small file can be written. */
  async probe(): Promise<void> {
    const path = temporaryIn(this.directory);
    try {
      await writeFile(path, 'probe', { flag: 'wx', mode: 0o600, flush: true }).finally(() => rm(path, { force: true }));
    } catch (cause) {
      throw unusable(this.directory, 'write a file', cause);
    }
  }

  /** Renames a report that the server refused to `*.refused`; answers that path, or null when there is no report. */
  async setAside(ref: AttemptRef): Promise<string | null> {
    const aside = join(this.directory, fileName(ref, REFUSED));
    try {
      await rename(this.pathOf(ref), aside);
      const seconds = this.now() / 1000;
      await utimes(aside, seconds, seconds);
      return aside;
    } catch (cause) {
      if (hasCode(cause, 'ENOENT')) return null;
      throw unusable(this.directory, `set aside the report of task ${ref.taskId}`, cause);
    }
  }

  /** Removes all refused reports but the 20 that were set aside last. */
  async limitSetAside(): Promise<void> {
    const names = (await this.list()).map(({ name }) => name).filter((name) => name.endsWith(REFUSED));
    try {
      const paths = names.map((name) => join(this.directory, name));
      const files = await Promise.all(paths.map(async (path) => ({ path, time: (await stat(path)).mtimeMs })));
      files.sort((a, b) => b.time - a.time);
      for (const { path } of files.slice(MOST_REFUSED)) await rm(path, { force: true });
    } catch (cause) {
      throw unusable(this.directory, 'remove old refused reports', cause);
    }
  }

  /**
   * What an earlier run left unacknowledged, oldest first; to be called before the first `add`. An entry that is not a
   * whole report is renamed to `*.corrupt`, and `setAside` has its path. Leftovers of cut-off writes are removed.
   */
  async load(): Promise<{ attempts: SpooledAttempt[]; setAside: string[] }> {
    const found: { spooledAt: number; attempt: SpooledAttempt }[] = [];
    const setAside: string[] = [];
    for (const file of await this.list()) {
      const path = join(this.directory, file.name);
      if (isTemporaryName(file.name)) await rm(path, { force: true }).catch(() => setAside.push(path));
      if (!file.name.endsWith(EXTENSION)) continue;
      // Only files are opened: reading a named pipe would never end.
      const read = file.isFile() ? await readEntry(path) : null;
      if (read === null || fileName(read.entry.report) !== file.name) {
        setAside.push(await putAside(path));
        continue;
      }
      const { spooledAt, report, files = [] } = read.entry;
      const { taskId, attempt } = report;
      found.push({ spooledAt, attempt: { taskId, attempt, jsonBytes: read.bytes, files: [...files] } });
    }
    found.sort((a, b) => a.spooledAt - b.spooledAt);
    this.newest = Math.max(this.newest, found.at(-1)?.spooledAt ?? 0);
    return { attempts: found.map(({ attempt }) => attempt), setAside };
  }

  private async list(): Promise<Dirent[]> {
    try {
      return await readdir(this.directory, { withFileTypes: true });
    } catch (cause) {
      throw unusable(this.directory, 'read the spool', cause);
    }
  }

  private pathOf(ref: AttemptRef): string {
    return join(this.directory, fileName(ref));
  }
}

const fileName = (ref: AttemptRef, extension = EXTENSION) => attemptFileName(ref) + extension;

/** The entry and its size, or null when the file does not hold one. */
async function readEntry(path: string): Promise<{ entry: Entry; bytes: number } | null> {
  try {
    const content = await readFile(path);
    const entry: unknown = JSON.parse(content.toString());
    if (!isRecord(entry)) return null;
    const { spooledAt, report, files = [] } = entry;
    if (!isAmount(spooledAt) || !isSpooledReport(report)) return null;
    if (!Array.isArray(files) || !files.every(isCollectedFile)) return null;
    return { entry: { spooledAt, report, files }, bytes: content.length };
  } catch {
    return null;
  }
}

/** Renames it, so that the next start does not meet it again; answers the path that it has then. */
async function putAside(path: string): Promise<string> {
  const aside = `${path}.corrupt`;
  return rename(path, aside).then(
    () => aside,
    () => path,
  );
}

function unusable(directory: string, doing: string, cause: unknown): Error {
  return new Error(
    `cannot ${doing} in ${JSON.stringify(directory)}: ${messageOf(cause)}; make sure that it can be written and has free space, or set SPOOL_DIR`,
    { cause },
  );
}
