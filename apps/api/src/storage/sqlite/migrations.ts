import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { PACKAGE_FOLDER } from '#version';
import { UnusableDatabase } from '../errors.js';
import { copyDatabase } from './sealed-copy.js';

const MIGRATIONS_FOLDER = join(PACKAGE_FOLDER, 'drizzle');

/**
 * Brings the schema up to date. A database that a newer version has written is refused, and one that is to be changed is
 * copied beside itself first. Answers the path of that copy, if one was made.
 */
export function bringUpToDate(
  connection: Database.Database,
  db: BetterSQLite3Database,
  path: string,
  folder = MIGRATIONS_FOLDER,
): string | null {
  const { applied, known } = schemaVersions(connection, path, folder);
  if (applied === known) return null;
  const copy = applied > 0 ? backUp(path, applied) : null;
  migrate(db, { migrationsFolder: folder });
  return copy;
}

/**
 * How many changes of the schema the database at `path` has gone through, of those that this program knows; 0 for one
 * that is not its own. Throws `UnusableDatabase` when a newer version has written it.
 */
export function schemaVersions(
  connection: Database.Database,
  path: string,
  folder = MIGRATIONS_FOLDER,
): { applied: number; known: number } {
  const known = readMigrationFiles({ migrationsFolder: folder });
  const applied = appliedMigrations(connection);
  const newest = known.at(-1)?.folderMillis ?? 0;
  if (applied.some((at) => at > newest)) {
    throw new UnusableDatabase(
      `${path} was written by a newer version of this program. Start that version, or restore a backup made before it.`,
    );
  }
  return { applied: applied.length, known: known.length };
}

function appliedMigrations(connection: Database.Database): number[] {
  const table = connection.prepare("SELECT 1 FROM sqlite_master WHERE name = '__drizzle_migrations'").get();
  if (!table) return [];
  return connection.prepare('SELECT created_at FROM __drizzle_migrations').pluck().all().map(Number);
}

function backUp(path: string, schemaVersion: number): string {
  let copy = `${path}.schema-${schemaVersion}.bak`;
  for (let n = 2; existsSync(copy); n++) copy = `${path}.schema-${schemaVersion}.${n}.bak`;
  copyDatabase(path, copy);
  return copy;
}
