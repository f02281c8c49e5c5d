import { readFileSync } from 'node:fs';

/** The version in `package.json`, which is as far from this file in `apps/` as it is in `dist/apps/`. */
export function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}
