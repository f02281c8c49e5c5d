import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { BackupRefused, DISK_FULL, UnusableDatabase } from './errors.js';
import { type CopyFacts, checkCopy, type Tell } from './sqlite/copy-check.js';
import { copyDatabase } from './sqlite/sealed-copy.js';

export interface Backup extends CopyFacts {
  path: string;
  bytes: number;
}

/**
 * Copies the database at `database` to `path`, which must not exist, while servers use it. The copy has its name only once
 * it is whole, on the disk and sound; what is wrong with its audit chain is told, and does not prevent it. Throws
 * `BackupRefused` or `UnusableDatabase`.
 */
export function takeBackup(database: string, path: string, tell: Tell): Backup {
  if (!existsSync(database)) {
    throw new BackupRefused(
      `there is no database at ${database}. Name the server's with --database FILE or DATABASE_URL=file:FILE.`,
    );
  }
  if (existsSync(path)) throw new BackupRefused(`${path} exists already. Give another name, or a folder.`);
  const partial = `${path}.${process.pid}.partial`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    tell(`copying ${megabytes(sizeOf(database))}`);
    copyDatabase(database, partial);
    const facts = checkCopy(partial, 'the copy', tell);
    const { size: bytes } = statSync(partial);
    renameSync(partial, path);
    syncFolder(dirname(path));
    return { path, bytes, ...facts };
  } catch (error) {
    if (existsSync(partial)) rmSync(partial);
    throw explain(error, database, path);
  }
}

function explain(error: unknown, database: string, path: string): unknown {
  if (error instanceof UnusableDatabase) {
    return new UnusableDatabase(`${database} cannot be backed up: ${error.message}`, { cause: error });
  }
  const { code = '', message } = error as NodeJS.ErrnoException;
  const folder = dirname(path);
  if (isFull(error)) {
    const text = `the disk of ${folder} is full: the copy needs about ${megabytes(sizeOf(database))} there. Free some, or name another folder.`;
    return new BackupRefused(text, { cause: error });
  }
  if (/^(EACCES|EPERM|EROFS|ENOTDIR|EEXIST|EISDIR)$/.test(code)) {
    const text = `${path} cannot be written: ${message}. Name a folder that this user may write to.`;
    return new BackupRefused(text, { cause: error });
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    const text = `${database} is damaged: ${message}. Keep it, and restore the newest backup.`;
    return new UnusableDatabase(text, { cause: error });
  }
  if (code.startsWith('SQLITE_')) {
    const text = `${database} cannot be copied to ${path}: ${message} (${code}). Look at the disks of both.`;
    return new BackupRefused(text, { cause: error });
  }
  return error;
}

/** Of the file and its log. */
export function sizeOf(database: string): number {
  const sizes = ['', '-wal'].map((suffix) => statSync(database + suffix, { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}

export function isFull(error: unknown): boolean {
  const { code = '', name } = error as NodeJS.ErrnoException;
  return [...DISK_FULL, 'SQLITE_FULL'].includes(code) || name === 'StorageFull';
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A time as file names carry it, such as `20260131T235959.000Z`: their order is that of time. */
export function timeInName(at: number): string {
  return new Date(at).toISOString().replace(/[-:]/g, '');
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
