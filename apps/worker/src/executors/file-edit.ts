import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import type { HandedTaskOf } from '#contracts';
import { writeAtomically } from '../files/atomic-write.js';
import { countOccurrences, replaceOccurrences } from '../files/byte-replace.js';
import { contentBytes } from '../files/content-bytes.js';
import { FileTaskError } from '../files/file-errors.js';
import { absolutePath, fileTask } from '../files/file-task.js';
import { requireMatch } from '../files/if-match.js';
import type { PathLock } from '../files/path-lock.js';
import { readRegularFile, type SizeLimit, tooLarge } from '../files/regular-file.js';
import { existingTarget } from '../files/write-target.js';
import { hasCode } from '../system-error.js';
import { type ExecutionContext, type Executor, fileOutcome, type Outcome } from './executor.js';

const LIMIT: SizeLimit = { bytes: 64 * 1_048_576, advice: 'edit it with a command task, such as sed' };

/** Replaces exact bytes in a file, atomically; its size, SHA-256 and the number of replacements in `metadata`. */
export class FileEditExecutor implements Executor<'file-edit'> {
  readonly type = 'file-edit';

  /** @param locks the same as the one of the `FileWriteExecutor`, or a write and an edit could undo each other */
  constructor(
    private readonly locks: PathLock,
    private readonly home: string = homedir(),
  ) {}

  execute(task: HandedTaskOf<'file-edit'>, { signal }: ExecutionContext): Promise<Outcome> {
    const path = absolutePath(task.path, this.home);
    return fileTask({ verb: 'edit', path, signal }, async () => {
      const needle = contentBytes(task.oldString, 'utf8', 'oldString');
      const replacement = contentBytes(task.newString, 'utf8', 'newString');
      if (needle.length === 0) throw new FileTaskError('oldString is empty; give the text to replace');
      const target = await existingTarget(path).catch((cause: unknown) => {
        if (hasCode(cause, 'ENOENT')) requireMatch(path, task.ifMatch, null);
        throw cause;
      });
      return this.locks.run(target, signal, async () => {
        const before = await readRegularFile(target, LIMIT, signal);
        requireMatch(target, task.ifMatch, before.sha256);
        const count = await countOccurrences(before.bytes, needle, signal);
        requireOccurrences(target, count, task.replaceAll ?? false);
        if (needle.equals(replacement)) return editedTo(before.bytes.length, before.sha256, count);

        const size = before.bytes.length + count * (replacement.length - needle.length);
        if (size > LIMIT.bytes) throw tooLarge(target, `${size} bytes after the edit`, LIMIT);
        const after = await replaceOccurrences(before.bytes, { needle, replacement, count }, signal);
        await writeAtomically(target, after, { replaces: before.stats, signal });
        return editedTo(size, createHash('sha256').update(after).digest('hex'), count);
      });
    });
  }
}

function requireOccurrences(path: string, count: number, all: boolean): void {
  const where = JSON.stringify(path);
  if (count === 0) {
    throw new FileTaskError(`not_found: oldString does not occur in ${where}; read the file and copy the text exactly`);
  }
  if (count > 1 && !all) {
    throw new FileTaskError(
      `not_unique: oldString occurs ${count} times in ${where}; give more of the text around it, or set replaceAll`,
    );
  }
}

function editedTo(size: number, sha256: string, replacements: number): Outcome {
  return fileOutcome({ metadata: { size, sha256, replacements } });
}
