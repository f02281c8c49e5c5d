import { readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { timeInName } from '../storage/backup.js';
import { BackupRefused } from '../storage/errors.js';

const NAME = /^openclaw-\d{8}T\d{6}\.\d{3}Z\.db$/;
const PARTIAL = /^openclaw-\d{8}T\d{6}\.\d{3}Z\.db\.\d+\.partial$/;
/** No backup takes this long, in milliseconds. */
const ABANDONED_AFTER = 86_400_000;

/**
 * Where a backup made at `at` goes: to `target`, or by a name of its own into the folder `target`, which is `backups` beside
 * the database unless it is given.
 */
export function destinationOf(target: string | undefined, database: string, at: number): string {
  const name = `openclaw-${timeInName(at)}.db`;
  if (target === undefined) return join(dirname(database), 'backups', name);
  return target.endsWith('/') || isFolder(target) ? join(resolve(target), name) : resolve(target);
}

/** Removes the oldest backups with names of their own beside `path`, so that `keep` are left. Answers which. */
export function removeOldest(path: string, keep: number): string[] {
  const folder = dirname(path);
  const newestFirst = readdirSync(folder)
    .filter((name) => NAME.test(name))
    .sort()
    .reverse();
  const old = newestFirst.slice(keep).map((name) => join(folder, name));
  for (const file of old) rmSync(file);
  return old;
}

/** Removes what backups that were killed have left beside `path`. */
export function removeAbandoned(path: string, at: number): void {
  const folder = dirname(path);
  for (const name of readdirSync(folder).filter((candidate) => PARTIAL.test(candidate))) {
    const file = join(folder, name);
    const { mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { mtimeMs: at };
    if (at - mtimeMs > ABANDONED_AFTER) rmSync(file, { force: true });
  }
}

/** How many are to be kept. Throws `BackupRefused`. */
export function readKeep(text: string | undefined, target: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new BackupRefused('--keep must be a whole number from 1, such as --keep 14');
  if (target !== undefined && !target.endsWith('/') && !isFolder(target)) {
    throw new BackupRefused(
      `--keep goes with a folder, and ${target} is a file. Such as: npm run backup -- backups/ --keep 14`,
    );
  }
  return Number(text);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
