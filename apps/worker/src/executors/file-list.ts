import type { Stats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { HandedTaskOf, ListedEntry } from '#contracts';
import { FileTaskError } from '../files/file-errors.js';
import { absolutePath, fileTask } from '../files/file-task.js';
import { jsonTextBytes, MAX_STDOUT_JSON_BYTES } from '../files/json-size.js';
import { hasCode } from '../system-error.js';
import { type ExecutionContext, type Executor, fileOutcome, type Outcome } from './executor.js';

const BATCH = 64;

/** Lists a folder's entries in `stdout`: a JSON array of `ListedEntry`, by name. */
export class FileListExecutor implements Executor<'file-list'> {
  readonly type = 'file-list';

  /** @param limit how many bytes the listing may take as a string inside JSON */
  constructor(
    private readonly home: string = homedir(),
    private readonly limit: number = MAX_STDOUT_JSON_BYTES,
  ) {}

  execute(task: HandedTaskOf<'file-list'>, { signal }: ExecutionContext): Promise<Outcome> {
    const path = absolutePath(task.path, this.home);
    return fileTask({ verb: 'list', path, signal }, async () => {
      if (!(await stat(path)).isDirectory()) {
        throw new FileTaskError(`${JSON.stringify(path)} is not a folder; name the folder that it is in`);
      }
      const names = (await readdir(path, { encoding: 'buffer' })).map((raw) => ({ raw, name: raw.toString() }));
      names.sort((a, b) => (a.name === b.name ? Buffer.compare(a.raw, b.raw) : a.name < b.name ? -1 : 1));
      const parts: string[] = [];
      let total = '[]'.length;
      for (let start = 0; start < names.length; start += BATCH) {
        signal.throwIfAborted();
        const batch = await Promise.all(names.slice(start, start + BATCH).map((entry) => listedEntry(path, entry)));
        for (const entry of batch) {
          if (entry === null) continue;
          const part = JSON.stringify(entry);
          total += jsonTextBytes(part) + (parts.length > 0 ? 1 : 0);
          parts.push(part);
        }
        if (total > this.limit) {
          throw new FileTaskError(
            `folder_too_large: the list of the ${names.length} entries of ${JSON.stringify(path)} takes more than ${this.limit} bytes of JSON; list it with a command task, such as ls piped into head`,
          );
        }
      }
      return fileOutcome({ stdout: `[${parts.join(',')}]` });
    });
  }
}

/** The entry, or null when it vanished since the folder was read. */
async function listedEntry(folder: string, { raw, name }: { raw: Buffer; name: string }): Promise<ListedEntry | null> {
  try {
    // By its bytes: a name that is not UTF-8 is found under no other.
    const stats = await lstat(Buffer.concat([Buffer.from(`${folder}/`), raw]));
    return {
      name,
      kind: kindOf(stats),
      size: stats.size,
      modified: Math.floor(stats.mtimeMs),
      mode: (stats.mode & 0o7777).toString(8).padStart(3, '0'),
    };
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return null;
    throw cause;
  }
}

function kindOf(stats: Stats): ListedEntry['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}
