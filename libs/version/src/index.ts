import { readFileSync } from 'node:fs';

// package.json is as far from this file in `libs/` as it is in `dist/libs/`.
const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));

export const VERSION: string = manifest.version;
