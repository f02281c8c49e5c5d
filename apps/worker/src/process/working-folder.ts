import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { expandHome } from '../home-path.js';
import { codeOf, messageOf } from '../system-error.js';

/** The folder that a task's `cwd` means: the home folder without one, and where a relative one begins. */
export function workingFolder(cwd: string | undefined, home: string): string {
  const path = expandHome(cwd || '~', home);
  return isAbsolute(path) ? path : `${home}/${path}`;
}

/** Why no process can be started in this folder and what helps, or null when one can. */
export async function workingFolderProblem(path: string): Promise<string | null> {
  const folder = `the working folder ${JSON.stringify(path)}`;
  try {
    if (!(await stat(path)).isDirectory()) return `${folder} is not a folder: give the path of one as "cwd"`;
    await access(path, constants.X_OK);
    return null;
  } catch (error) {
    switch (codeOf(error)) {
      case 'ENOENT':
        return `${folder} does not exist: create it, or give another "cwd"`;
      case 'ENOTDIR':
        return `${folder} leads through something that is not a folder: correct the "cwd"`;
      case 'EACCES':
        return `${folder} is closed to the worker's user: permit it, or give another "cwd"`;
      default:
        return `${folder} cannot be used: give another "cwd" (${codeOf(error) || messageOf(error)})`;
    }
  }
}
