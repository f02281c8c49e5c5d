import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import type { HandedTaskOf } from '#contracts';
import { type WrittenContent, writeAtomically } from '../files/atomic-write.js';
import { contentBytes } from '../files/content-bytes.js';
import { FileTaskError } from '../files/file-errors.js';
import { absolutePath, fileTask } from '../files/file-task.js';
import { requireMatch } from '../files/if-match.js';
import type { PathLock } from '../files/path-lock.js';
import { hashRegularFile } from '../files/regular-file.js';
import { regularFileAt, writableTarget } from '../files/write-target.js';
import type { UploadApi } from '../server/upload-api.js';
import { type ExecutionContext, type Executor, fileOutcome, type Outcome } from './executor.js';

/** Writes a file byte for byte and atomically; its real path, size and SHA-256 in `metadata`. */
export class FileWriteExecutor implements Executor<'file-write'> {
  readonly type = 'file-write';

  /** @param locks the same as the one of the `FileEditExecutor`, or a write and an edit could undo each other */
  constructor(
    private readonly locks: PathLock,
    private readonly uploads: Pick<UploadApi, 'download'>,
    private readonly home: string = homedir(),
  ) {}

  execute(task: HandedTaskOf<'file-write'>, { signal }: ExecutionContext): Promise<Outcome> {
    const path = absolutePath(task.path, this.home);
    return fileTask({ verb: 'write', path, signal }, async () => {
      const content = this.contentOf(task, signal);
      const mode = task.mode === undefined ? undefined : permissionBits(task.mode);
      if (/(^|\/)\.{0,2}$/.test(path))
        throw new FileTaskError(`${JSON.stringify(path)} names a folder; name a file in it`);
      const target = await writableTarget(path);
      await this.locks.run(target, signal, async () => {
        const existing = await regularFileAt(target);
        if (task.ifMatch !== undefined) {
          requireMatch(target, task.ifMatch, existing && (await hashRegularFile(target, signal)));
        }
        await writeAtomically(target, content.bytes(), existing ? { replaces: existing, signal } : { mode, signal });
      });
      const { size, sha256 } = content.digest();
      return fileOutcome({ metadata: { size, sha256, path: target } });
    });
  }

  private contentOf(task: HandedTaskOf<'file-write'>, signal: AbortSignal): Content {
    if (task.upload !== undefined) return this.uploads.download({ taskId: task.id, attempt: task.attempt }, signal);
    if (task.content === undefined) throw new FileTaskError('the task names neither content nor an upload; give one');
    const bytes = contentBytes(task.content, task.encoding ?? 'utf8', 'content');
    return {
      bytes: () => bytes,
      digest: () => ({ size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }),
    };
  }
}

/** What is written: read once, and known by its digest after that. */
interface Content {
  bytes(): WrittenContent;
  digest(): { size: number; sha256: string };
}

function permissionBits(mode: string): number {
  if (!/^[0-7]{1,5}$/.test(mode) || Number.parseInt(mode, 8) > 0o7777) {
    throw new FileTaskError(`mode ${JSON.stringify(mode)} is not octal permission bits; give such as "644"`);
  }
  return Number.parseInt(mode, 8);
}
