import { randomUUID } from 'node:crypto';
import type { Submission } from '#client';
import type { TaskRecord } from '#contracts';
import { FailedStep } from '../failed-step.js';
import { type RemotePath, shellPath } from '../remote-path.js';
import type { Session } from '../session.js';
import { runStep } from '../waiting.js';

/** What one step of a copy may take, in milliseconds. */
const TIMEOUT_MS = 3_600_000;

/** The machine that is copied from or to. */
export class FarSide {
  constructor(
    private readonly session: Session,
    readonly worker: string,
    private readonly signal: AbortSignal,
  ) {}

  async kindOf(path: string): Promise<'folder' | 'file' | 'nothing'> {
    const quoted = shellPath(path);
    const command = `if [ -d ${quoted} ]; then echo folder; elif [ -e ${quoted} ]; then echo file; else echo nothing; fi`;
    const { stdout } = await this.run({ command }, `looking at ${this.worker}`);
    return stdout.trim() as 'folder' | 'file' | 'nothing';
  }

  /** Runs a step, and throws a `FailedStep` with what the machine there says of it when it has not gone well. */
  async run(step: Submission, doing: string): Promise<TaskRecord> {
    const submission = { timeout: TIMEOUT_MS, ...step, worker: this.worker };
    const record = await runStep(this.session, submission, { doing, signal: this.signal });
    if (record.status !== 'completed') throw new FailedStep(record, this.worker);
    return record;
  }

  /** Does `work` with the path of an archive there, which is removed afterwards whatever has happened. */
  async withArchive<T>(work: (path: string) => Promise<T>): Promise<T> {
    const path = `/tmp/ocw-${randomUUID()}.tar`;
    try {
      return await work(path);
    } finally {
      // Nobody waits for it: the copy is done, or has been given up.
      await this.session.client.tasks.submit({ command: `rm -f ${path}`, worker: this.worker });
    }
  }
}

/** The path of a file of that name: in the folder that the path leads to, or at the path itself. */
export function pathWithin({ path }: RemotePath, kind: string, name: string): string {
  if (kind !== 'folder' && !path.endsWith('/')) return path;
  return `${path.replace(/\/+$/, '')}/${name}`;
}
