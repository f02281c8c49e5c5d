import { isUtf8 } from 'node:buffer';
import type { Stats } from 'node:fs';
import { readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { hasCode } from '../system-error.js';
import { FileTaskError } from './file-errors.js';
import { requireRegularFile } from './regular-file.js';

/** The real path of an existing file. Throws what the system says when there is none. */
export async function existingTarget(path: string): Promise<string> {
  return asText(await realpath(path, { encoding: 'buffer' }), path);
}

/**
 * The real path of the file that a write to `path` changes or creates: symbolic links are followed to their end, even
 * to a file or folder that does not exist yet. Creates nothing.
 */
export async function writableTarget(path: string): Promise<string> {
  try {
    return await existingTarget(path);
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT')) throw cause;
    const name = basename(path);
    // The folder before the dots does not exist, so there is nothing that they could be relative to.
    if (name === '..' || name === '.') throw cause;
    const folder = await writableTarget(dirname(path));
    const link = await linkAt(join(folder, name));
    if (link === null) return join(folder, name);
    return writableTarget(isAbsolute(link) ? link : `${folder}/${link}`);
  }
}

/** The regular file at a real path, or null when there is none yet. Throws for a folder and for special files. */
export async function regularFileAt(path: string): Promise<Stats | null> {
  try {
    const stats = await stat(path);
    requireRegularFile(stats, path);
    return stats;
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return null;
    throw cause;
  }
}

async function linkAt(path: string): Promise<string | null> {
  try {
    return asText(await readlink(path, { encoding: 'buffer' }), path);
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'EINVAL')) return null;
    throw cause;
  }
}

// Read as text, such a name would turn into another one, and the write would go astray.
function asText(path: Buffer, shown: string): string {
  if (isUtf8(path)) return path.toString();
  throw new FileTaskError(`${JSON.stringify(shown)} leads to a path that is not UTF-8; rename the folder or the file`);
}
