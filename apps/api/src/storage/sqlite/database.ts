import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { UnusableDatabase } from '../errors.js';
import { bringUpToDate } from './migrations.js';

export interface OpenDatabase {
  connection: Database.Database;
  db: BetterSQLite3Database;
  /** The copy that was made because the schema had to be changed. */
  migrationBackup: string | null;
  close(): void;
}

/**
 * Opens the database file at `path`, creating it readable by its owner only, and keeps every other server out of it.
 * Throws `UnusableDatabase` with the reason when it cannot be used.
 */
export function openDatabase(path: string): OpenDatabase {
  let lock: Database.Database | undefined;
  let connection: Database.Database | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
    lock = holdLock(path);
    connection = connect(path);
    const db = drizzle(connection);
    const migrationBackup = bringUpToDate(connection, db, path);
    const held = { connection, lock };
    const close = () => {
      // The last connection to close brings the log into the file, if the disk has room for it.
      held.connection.close();
      held.lock.close();
    };
    return { connection, db, migrationBackup, close };
  } catch (error) {
    connection?.close();
    lock?.close();
    if (error instanceof UnusableDatabase) throw error;
    throw new UnusableDatabase(`the database ${path} cannot be opened: ${(error as Error).message}`, { cause: error });
  }
}

function connect(path: string): Database.Database {
  const connection = new Database(path, { timeout: 5000 });
  // Must come before the first table: it cannot be turned on later without rewriting the file.
  connection.pragma('auto_vacuum = INCREMENTAL');
  connection.pragma('journal_mode = WAL');
  // The default for WAL may lose acknowledged commits on a power cut.
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  // A row that is replaced counts as deleted for the triggers that keep the audit as it is.
  connection.pragma('recursive_triggers = ON');
  connection.pragma('journal_size_limit = 67108864');
  // A backup is sealed there as it was made; what is written from now on would not fit.
  if (connection.pragma('user_version', { simple: true }) !== 0) connection.pragma('user_version = 0');
  return connection;
}

/**
 * The server keeps the head of the audit chain and the leases' clock in memory, so two servers on one file would fork
 * both. A lock of the kernel, unlike a pid file, is gone with its process however that ends.
 */
export function holdLock(path: string): Database.Database {
  const lock = new Database(`${path}.lock`, { timeout: 0 });
  try {
    lock.pragma('journal_mode = OFF');
    lock.pragma('locking_mode = EXCLUSIVE');
    lock.exec('BEGIN EXCLUSIVE; COMMIT');
    return lock;
  } catch (error) {
    lock.close();
    throw new UnusableDatabase(
      `${path} is in use by another server. Stop that one, or give this one a DATABASE_URL of its own.`,
      { cause: error },
    );
  }
}
