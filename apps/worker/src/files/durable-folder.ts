import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode } from '../system-error.js';

/**
 * Creates a folder and those above it, durably, where they are missing. One by one: `mkdir` with `recursive` says
 * ENOENT for whatever keeps it from creating one, a full disk or a read-only file system.
 * @param mode permission bits for what is created, less the umask
 */
export async function makeFolders(folder: string, mode = 0o777): Promise<void> {
  if (await exists(folder)) return;
  const above = dirname(folder);
  await makeFolders(above, mode);
  try {
    await mkdir(folder, { mode });
  } catch (cause) {
    if (!hasCode(cause, 'EEXIST')) throw cause;
  }
  await flushFolder(above);
}

/** Makes the names in a folder outlast a loss of power, as far as its file system can. */
export async function flushFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    await handle.sync();
  } catch (cause) {
    // A folder that may be written but not read, and file systems that flush no folders: nothing more can be done.
    if (!hasCode(cause, 'EACCES', 'EPERM', 'EINVAL', 'ENOTSUP')) throw cause;
  } finally {
    await handle?.close();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return false;
    throw cause;
  }
}
