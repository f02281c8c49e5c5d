import { codeOf, messageOf } from '../system-error.js';

/** A file task that cannot be done as it was asked; the message is what the client reads. */
export class FileTaskError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FileTaskError';
  }
}

/** A folder in which no file can be created; `code` is the system's reason. */
export class FolderClosedError extends Error {
  constructor(
    readonly folder: string,
    readonly code: string,
  ) {
    super(`the folder ${JSON.stringify(folder)} takes no new file (${code})`);
    this.name = 'FolderClosedError';
  }
}

export type FileVerb = 'read' | 'write' | 'edit' | 'list';

/** What a system error means, as `[what is wrong, what to do about it]`. */
const SENTENCES: Record<string, readonly [wrong: string, fix: string]> = {
  ENOENT: ['there is no such file or folder', 'check the path'],
  ENOTDIR: ['a part of the path is a file, not a folder', 'check the path'],
  EISDIR: ['it is a folder', 'name a file'],
  EACCES: ['permission denied', "give the worker's user access to it and to the folders above it"],
  EPERM: ['the operation is not permitted', "give the worker's user the right to it (on macOS: Full Disk Access)"],
  ELOOP: ['its symbolic links lead in a circle', 'mend the links'],
  ENAMETOOLONG: ['the path is longer than the file system allows', 'use a shorter one'],
  ENOSPC: ['the disk is full', 'free some space on it'],
  EDQUOT: ['the disk quota is used up', 'free some space or raise the quota'],
  EFBIG: ['it would be larger than the system allows for a file', 'raise the limit or write less'],
  EROFS: ['the file system is read-only', 'use a path on one that can be written'],
  EBUSY: ['it is in use, or a mount point', 'release it or use another path'],
  EMFILE: ['too many files are open', "raise the worker's limit on open files"],
  ENFILE: ['too many files are open on the machine', 'close some programs'],
  EAGAIN: ['it has no end to read to', 'read it with a command task'],
  EIO: ['the device failed', 'check the disk and the system log'],
};

/** One sentence about what went wrong with `path`, and what mends it. */
export function describeFileError(cause: unknown, verb: FileVerb, path: string): string {
  if (cause instanceof FileTaskError) return cause.message;
  const code = codeOf(cause);
  const sentence = SENTENCES[code];
  const subject = `cannot ${verb} ${JSON.stringify(path)}`;
  if (cause instanceof FolderClosedError)
    return `${subject}: ${cause.message}, which a write needs that replaces a file as a whole; let the worker's user create files there, or change the file in place with a command task`;
  if (!sentence) return `${subject}: ${messageOf(cause)}`;
  const [wrong, fix] = sentence;
  return `${subject}: ${wrong} (${code}); ${fix}`;
}
