import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

export async function isExecutable(path: string): Promise<boolean> {
  try {
    const [found] = await Promise.all([stat(path), access(path, constants.X_OK)]);
    return found.isFile();
  } catch {
    return false;
  }
}

/** The absolute path of a program in the folders of a PATH; those that are not absolute are passed over. */
export async function findProgram(name: string, path = ''): Promise<string | null> {
  for (const folder of path.split(':').filter(isAbsolute)) {
    const candidate = join(folder, name);
    if (await isExecutable(candidate)) return candidate;
  }
  return null;
}
