import type { TaskType } from '#contracts';
import { PathLock } from '../files/path-lock.js';
import type { UploadApi } from '../server/upload-api.js';
import { ClaudeExecutor } from './claude-cli.js';
import { CommandExecutor } from './command.js';
import type { Executor } from './executor.js';
import { FileEditExecutor } from './file-edit.js';
import { FileListExecutor } from './file-list.js';
import { FileReadExecutor } from './file-read.js';
import { FileWriteExecutor } from './file-write.js';

/** Who does which kind of task, for the kinds that this worker offers. A further kind is one line here. */
export function createExecutors(
  kinds: readonly TaskType[],
  uploads: Pick<UploadApi, 'download'>,
): ReadonlyMap<string, Executor> {
  // Shared: an edit and a write of one file must not overlap.
  const locks = new PathLock();
  const executors: { [T in TaskType]: Executor<T> } = {
    command: new CommandExecutor(),
    'file-read': new FileReadExecutor(),
    'file-write': new FileWriteExecutor(locks, uploads),
    'file-edit': new FileEditExecutor(locks),
    'file-list': new FileListExecutor(),
    'claude-cli': new ClaudeExecutor(),
  };
  return new Map(kinds.map((kind) => [kind, executors[kind]]));
}
