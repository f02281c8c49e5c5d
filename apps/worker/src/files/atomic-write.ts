import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, hasCode } from '../system-error.js';
import { flushFolder, makeFolders } from './durable-folder.js';
import { FolderClosedError } from './file-errors.js';

const CHUNK_BYTES = 1_048_576;
// A name of its own, not the target's with something added: that could grow too long for the file system.
const TEMPORARY_NAME = /^\.openclaw-[0-9a-f-]{36}\.tmp$/;

/** Bytes at once, or in pieces. */
export type WrittenContent = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export interface AtomicWrite {
  /** Permission bits of a new file, whatever the umask says. Without it: 0666 less the umask. */
  mode?: number;
  /** The file that is replaced: its mode is kept, and its owner where the system allows that. */
  replaces?: Stats;
  /** Looked at until right before the target changes; its reason is thrown. */
  signal?: AbortSignal;
}

/** The path of a new file in `folder` that `isTemporaryName` knows when a crash leaves it behind. */
export function temporaryIn(folder: string): string {
  return join(folder, `.openclaw-${randomUUID()}.tmp`);
}

/** Whether a file of this name was left behind by a write that a crash cut short. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY_NAME.test(name);
}

/**
 * Puts `content` at `target`, durably: others see the old content or the new, never a part. Missing folders are created.
 * `target` is a real path: a symbolic link there would be replaced. When it throws, the target is as before; only a
 * failure to flush its folder comes after the change. A `FolderClosedError` says that the folder takes no new file.
 */
export async function writeAtomically(
  target: string,
  content: WrittenContent,
  { mode, replaces, signal }: AtomicWrite = {},
): Promise<void> {
  const folder = dirname(target);
  const temporary = temporaryIn(folder);
  // Closed to others until it has its final mode: the content may be secret.
  const openMode = replaces === undefined && mode === undefined ? 0o666 : 0o600;
  try {
    const handle = await openInFolder(temporary, openMode);
    try {
      await writeAll(handle, content, signal);
      // After the content: writing takes the set-user-id bit away.
      if (replaces) await takeAfter(handle, replaces);
      else if (mode !== undefined) await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    signal?.throwIfAborted();
    await rename(temporary, target);
  } catch (cause) {
    // A failure to clean up would hide the cause; such a file is known by its name.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw cause;
  }
  await flushFolder(folder);
}

/** Opens a new file, and makes its folder only when that turns out to be missing. */
async function openInFolder(path: string, mode: number): Promise<FileHandle> {
  try {
    return await open(path, 'wx', mode);
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT')) throw asFolderError(cause, path);
  }
  await makeFolders(dirname(path));
  return open(path, 'wx', mode).catch((cause) => {
    throw asFolderError(cause, path);
  });
}

/** What keeps a temporary file from being created says nothing about the file that it is to replace. */
function asFolderError(cause: unknown, path: string): unknown {
  return hasCode(cause, 'ENOENT', 'EACCES', 'EPERM', 'EROFS')
    ? new FolderClosedError(dirname(path), codeOf(cause))
    : cause;
}

async function writeAll(handle: FileHandle, content: WrittenContent, signal?: AbortSignal): Promise<void> {
  for await (const bytes of content instanceof Uint8Array ? chunksOf(content) : content) {
    signal?.throwIfAborted();
    for (let offset = 0; offset < bytes.length; ) {
      const { bytesWritten } = await handle.write(bytes, offset, bytes.length - offset);
      offset += bytesWritten;
    }
  }
}

function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) yield bytes.subarray(start, start + CHUNK_BYTES);
}

async function takeAfter(handle: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  const own = await handle.stat();
  const sameOwner =
    (own.uid === uid && own.gid === gid) ||
    (await handle.chown(uid, gid).then(
      () => true,
      () => false,
    ));
  // Under another owner, a set-user-id bit would run the file as the wrong user.
  await handle.chmod(mode & (sameOwner ? 0o7777 : 0o777));
}
