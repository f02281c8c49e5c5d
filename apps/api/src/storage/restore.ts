import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Break } from '#audit-chain';
import { isFull, megabytes, sizeOf, timeInName } from './backup.js';
import { BackupRefused, UnusableDatabase } from './errors.js';
import { type CopyFacts, checkCopy, type Tell } from './sqlite/copy-check.js';
import { holdLock, openDatabase } from './sqlite/database.js';
import { beginEpoch, epochOf, type NewEpoch } from './sqlite/new-epoch.js';
import { Replacement } from './sqlite/replacement.js';
import { readSeal } from './sqlite/sealed-copy.js';

export interface RestoreRequest {
  /** The backup. */
  file: string;
  /** What is replaced; it need not exist. */
  database: string;
  /** Whether a backup is taken whose audit chain is not what was written. */
  acceptBrokenAudit: boolean;
  /** Wall-clock milliseconds. */
  at: number;
  /** Asked before anything is replaced, once the backup is known to be sound. */
  confirm: (found: CopyFacts) => Promise<boolean>;
  tell: Tell;
}

export interface Restored extends NewEpoch {
  database: string;
  /** Entries of the audit that came with the backup. */
  entries: number;
  broken: Break | null;
  /** What was there before; null when there was nothing. */
  aside: string | null;
  /** Whether every byte of the backup was known to be as it was made. */
  sealed: boolean;
}

/**
 * Puts a backup in the place of a database that no server uses, and begins a new epoch in it. The old one is set aside, not
 * removed; until the new one is ready and on the disk, nothing of it is touched. Answers null when `confirm` says no.
 * Throws `BackupRefused` or `UnusableDatabase`.
 */
export async function restoreBackup(request: RestoreRequest): Promise<Restored | null> {
  const { file, database, at, confirm, tell } = request;
  refuseWrongFile(file, database);
  const replacement = Replacement.begin(database);
  try {
    tell(`copying ${megabytes(sizeOf(file))}`);
    replacement.stage(file);
    const sealed = checkSeal(file, replacement.staged);
    const facts = checkCopy(replacement.staged, file, tell);
    refuseBrokenAudit(facts.broken, request);
    if (!(await confirm(facts))) return null;
    tell('bringing it up to date');
    const auditBrokenAt = facts.broken?.brokenAt ?? null;
    const restoration = { backup: basename(file), epochBefore: epochOf(database), auditBrokenAt, at };
    const begun = await beginEpoch(openDatabase(replacement.staged), restoration);
    const aside = `${database}.before-restore-${timeInName(at)}`;
    const replaced = replacement.commit(aside);
    const { entries, broken } = facts;
    return { database, entries, broken, aside: replaced ? aside : null, sealed, ...begun };
  } catch (error) {
    throw explain(error, request);
  } finally {
    replacement.end();
  }
}

function refuseWrongFile(file: string, database: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw new BackupRefused(`there is no file ${file}. Name a backup that npm run backup has made.`);
  if (!found.isFile()) throw new BackupRefused(`${file} is not a file. Name a backup in it, such as ${file}/NAME.db.`);
  if (existsSync(database) && realpathSync(file) === realpathSync(database)) {
    throw new BackupRefused(`${file} is the database itself. Name a backup of it, or another --database FILE.`);
  }
  if (existsSync(`${file}.lock`)) refuseLiveDatabase(file);
}

function refuseLiveDatabase(file: string): void {
  try {
    holdLock(file).close();
  } catch (error) {
    const text = `${file} is in use by a server, which changes it. Make a backup of it with npm run backup, and restore that.`;
    throw new BackupRefused(text, { cause: error });
  }
}

/** Says whether there was a seal. A database that has a log beside it was in use, whatever its header says. */
function checkSeal(file: string, staged: string): boolean {
  if (existsSync(`${staged}-wal`)) return false;
  const seal = readSeal(staged);
  if (seal !== 'broken') return seal === 'intact';
  throw new UnusableDatabase(
    `${file} is damaged: its bytes are not those that the backup was made of. Take another backup; nothing was changed.`,
  );
}

function refuseBrokenAudit(broken: Break | null, { file, acceptBrokenAudit }: RestoreRequest): void {
  if (broken === null || acceptBrokenAudit) return;
  throw new UnusableDatabase(
    `the audit of ${file} is broken: ${broken.reason}. Take another backup, or say --accept-broken-audit; nothing was changed.`,
  );
}

function explain(error: unknown, { file, database }: RestoreRequest): unknown {
  if (isFull(error)) {
    const text = `the disk of ${dirname(database)} is full: the restored database needs about ${megabytes(sizeOf(file))} there. Free some; nothing was changed.`;
    return new BackupRefused(text, { cause: error });
  }
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (/^(E[A-Z]+|SQLITE_\w+)$/.test(code)) {
    return new BackupRefused(`${file} cannot be restored to ${database}: ${message}. Nothing was changed.`, {
      cause: error,
    });
  }
  return error;
}
