import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { UnusableDatabase } from '../errors.js';
import { aTask, ManualClock, operator } from '../testing/builders.js';
import { openDatabase } from './database.js';
import { bringUpToDate } from './migrations.js';
import { auditEntries } from './schema.js';
import { SqliteStorage } from './sqlite-storage.js';

const MIGRATIONS = fileURLToPath(new URL('../../../../../drizzle', import.meta.url));

describe('openDatabase', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'database-'));
    path = join(folder, 'deep', 'openclaw.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('makes a file that only its owner can read, and loses nothing that was acknowledged', () => {
    const { connection, close } = openDatabase(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(connection.pragma('synchronous', { simple: true })).toBe(2);
    expect(connection.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(connection.pragma('foreign_keys', { simple: true })).toBe(1);
    expect(connection.pragma('auto_vacuum', { simple: true })).toBe(2);
    close();
    expect(readdirSync(join(folder, 'deep')).filter((name) => name.endsWith('-wal'))).toEqual([]);
  });

  it('keeps a second server out, and lets the next one in', () => {
    const first = openDatabase(path);
    expect(() => openDatabase(path)).toThrow(/in use by another server/);
    first.close();
    openDatabase(path).close();
  });

  it('is free again when its server was killed', () => {
    openDatabase(path).close();
    const holder = `
      import Database from 'better-sqlite3';
      const lock = new Database(${JSON.stringify(`${path}.lock`)});
      lock.pragma('locking_mode = EXCLUSIVE');
      lock.exec('BEGIN EXCLUSIVE; COMMIT');
      process.kill(process.pid, 'SIGKILL');`;
    const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', holder]);
    expect(signal).toBe('SIGKILL');
    openDatabase(path).close();
  });

  it('refuses a database of a newer version, and leaves it as it is', () => {
    const { connection, close } = openDatabase(path);
    connection.prepare("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('x', 9999999999999)").run();
    close();
    expect(() => openDatabase(path)).toThrow(/written by a newer version/);
    expect(readdirSync(join(folder, 'deep')).sort()).toEqual(['openclaw.db', 'openclaw.db.lock']);
  });

  it('names the path of what it cannot open', () => {
    mkdirSync(path, { recursive: true });
    expect(() => openDatabase(path)).toThrow(UnusableDatabase);
    expect(() => openDatabase(path)).toThrow(path);
    rmSync(path, { recursive: true });
    writeFileSync(path, 'this is no database, but a text that is long enough to be mistaken for one'.repeat(99));
    expect(() => openDatabase(path)).toThrow(/cannot be opened: file is not a database/);
  });

  it('copies the database before it changes the schema, once for each change', async () => {
    const database = openDatabase(path);
    const storage = new SqliteStorage(database, { maxPending: 10 });
    const { id } = aTask();
    await storage.tasks.submit([aTask({ id })], null, operator, new ManualClock().now());
    storage.close();

    const newer = join(folder, 'drizzle');
    cpSync(MIGRATIONS, newer, { recursive: true });
    const journalPath = join(newer, 'meta', '_journal.json');
    const journal = JSON.parse(readFileSync(journalPath, 'utf8'));
    const last = journal.entries.at(-1);
    journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag: '9999_more' });
    writeFileSync(journalPath, JSON.stringify(journal));
    writeFileSync(join(newer, '9999_more.sql'), 'CREATE TABLE more (n INTEGER)');

    const connection = new Database(path);
    const copy = bringUpToDate(connection, drizzle(connection), path, newer);
    expect(copy).toBe(`${path}.schema-${journal.entries.length - 1}.bak`);
    expect(connection.prepare('SELECT id FROM tasks').pluck().get()).toBe(id);
    expect(bringUpToDate(connection, drizzle(connection), path, newer)).toBeNull();
    connection.close();

    const before = new Database(copy ?? '', { readonly: true });
    expect(before.prepare('SELECT id FROM tasks').pluck().get()).toBe(id);
    expect(before.prepare("SELECT 1 FROM sqlite_master WHERE name = 'more'").get()).toBeUndefined();
    before.close();
  });

  it('lets nobody change or remove an audit entry', async () => {
    const database = openDatabase(path);
    const storage = new SqliteStorage(database, { maxPending: 10 });
    await storage.tasks.submit([aTask()], null, operator, new ManualClock().now());
    expect(() => database.db.delete(auditEntries).run()).toThrow(/append-only/);
    expect(() => database.db.update(auditEntries).set({ at: 1 }).run()).toThrow(/append-only/);
    const forged = 'REPLACE INTO audit_entries SELECT * FROM audit_entries WHERE seq = 1';
    expect(() => database.connection.exec(forged)).toThrow(/append-only/);
    storage.close();
  });
});
