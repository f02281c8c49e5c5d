import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the package. This file is run from several places in it: as a source, built, and as a part of a program. */
export const PACKAGE_FOLDER: string = folderAbove(fileURLToPath(import.meta.url), 'package.json');

export const VERSION: string = JSON.parse(readFileSync(join(PACKAGE_FOLDER, 'package.json'), 'utf8')).version;

function folderAbove(path: string, file: string): string {
  const folder = dirname(path);
  return existsSync(join(folder, file)) ? folder : folderAbove(folder, file);
}
