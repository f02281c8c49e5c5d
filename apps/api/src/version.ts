import { readFileSync } from 'node:fs';

/** The version of package.json, which is three folders up from the build and four from the sources. */
function readVersion(): string {
  for (const up of ['../../../', '../../../../']) {
    const url = new URL(`${up}package.json`, import.meta.url);
    try {
      return JSON.parse(readFileSync(url, 'utf8')).version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('package.json was not found');
}

export const VERSION = readVersion();
