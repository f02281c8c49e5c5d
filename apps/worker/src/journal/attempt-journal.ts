import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptRef } from '#contracts';
import { attemptFileName } from '../attempt-key.js';
import type { Cgroups } from '../process/cgroups.js';
import type { ProcessOwner } from '../process/process-owner.js';
import { messageOf } from '../system-error.js';

const EXTENSION = '.json';

export interface JournalOptions {
  directory: string;
  /** Two workers of one machine must not take each other's processes for their own. */
  workerId: string;
  /** Names this run of the system: the process ids of another mean nothing. */
  bootId: string;
  cgroups: Cgroups | null;
  /** Called with the reason when an attempt cannot be noted. */
  onUnwritable: (problem: string) => void;
}

/** An attempt that has been started and, as far as the journal knows, not come to rest. */
export interface JournalEntry {
  /** Names it in the journal, and its cgroup. */
  name: string;
  mark: string;
  /** Whether its process ids mean anything now. */
  thisBoot: boolean;
  /** Null when it ended before its process was known. */
  leader: { pid: number; startedAt: string } | null;
}

/**
 * Knows on disk which attempts have processes, one file each, so that the next start of the worker can end what a crash
 * of this one leaves running. Not flushed: a loss of power ends the processes as well.
 */
export class AttemptJournal {
  private readonly open = new Set<string>();

  constructor(private readonly options: JournalOptions) {
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  }

  ownerOf(ref: AttemptRef): ProcessOwner {
    const name = attemptFileName(ref);
    const path = this.pathOf(name);
    const { bootId, cgroups } = this.options;
    const note = (write: () => void): void => {
      try {
        write();
      } catch (cause) {
        const problem = `the worker cannot note in ${JSON.stringify(path)} what it starts: ${messageOf(cause)}`;
        this.options.onUnwritable(problem);
        throw new Error(problem, { cause });
      }
    };
    return {
      mark: this.markOf(name),
      starting: () => {
        this.open.add(name);
        note(() => writeFileSync(path, `${JSON.stringify({ ...ref, bootId })}\n`, { mode: 0o600 }));
        return cgroups?.open(name) ?? null;
      },
      // As a line of its own: what stands there already outlasts a crash in the middle. Without it the mark has to do.
      started: (pid, startedAt) => appendFileSync(path, `${JSON.stringify({ pid, startedAt })}\n`),
    };
  }

  /** Its processes have ended or may go on for good, and its report is where it will be found. */
  close(ref: AttemptRef): void {
    const name = attemptFileName(ref);
    if (this.open.delete(name)) this.forget(name);
  }

  forget(name: string): void {
    rmSync(this.pathOf(name), { force: true });
  }

  /** What an earlier run has left. A file that is no entry is renamed to `*.corrupt`: its name still tells the mark. */
  read(): { entries: JournalEntry[]; setAside: string[] } {
    const setAside: string[] = [];
    const files = readdirSync(this.options.directory, { withFileTypes: true });
    const entries = files.flatMap((file) => {
      if (!file.name.endsWith(EXTENSION)) return [];
      const name = file.name.slice(0, -EXTENSION.length);
      const path = this.pathOf(name);
      // Only files are opened: reading a named pipe would never end.
      const noted = file.isFile() ? parseEntry(readFileSync(path, 'utf8')) : null;
      if (noted === null) {
        setAside.push(`${path}.corrupt`);
        renameSync(path, `${path}.corrupt`);
      }
      const thisBoot = noted === null || noted.bootId === this.options.bootId;
      return [{ name, mark: this.markOf(name), thisBoot, leader: noted?.leader ?? null }];
    });
    return { entries, setAside };
  }

  private markOf(name: string): string {
    return `${this.options.workerId}/${name}`;
  }

  private pathOf(name: string): string {
    return join(this.options.directory, name + EXTENSION);
  }
}

/** Null for a text that does not begin with a whole first line. */
function parseEntry(text: string): { bootId: string; leader: JournalEntry['leader'] } | null {
  const [intent, start] = text.split('\n').map(parseLine);
  if (typeof intent?.bootId !== 'string') return null;
  const { pid, startedAt } = start ?? {};
  const isLeader = Number.isSafeInteger(pid) && typeof startedAt === 'string';
  return { bootId: intent.bootId, leader: isLeader ? { pid: Number(pid), startedAt } : null };
}

function parseLine(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
