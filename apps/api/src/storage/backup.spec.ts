import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { takeBackup } from './backup.js';
import { BackupRefused, UnusableDatabase } from './errors.js';
import { restoreBackup } from './restore.js';
import { checkCopy } from './sqlite/copy-check.js';
import { restoreFixture } from './testing/restore-fixture.js';

const quiet = () => undefined;

describe('a backup', () => {
  const { inFolder, path, open, close, request, backUp, submit } = restoreFixture();

  it('holds one moment of a server that goes on, and only its owner reads it', async () => {
    const ids = [await submit(), await submit()];
    const backup = backUp('backups/one.db');
    await submit();
    expect(statSync(backup.path).mode & 0o777).toBe(0o600);
    expect(backup.bytes).toBe(statSync(backup.path).size);
    expect(backup).toMatchObject({ entries: 2, head: { seq: 2 }, broken: null });
    expect(readdirSync(inFolder('backups'))).toEqual(['one.db']);
    const copy = new Database(backup.path, { readonly: true });
    expect(copy.prepare('SELECT id FROM tasks ORDER BY seq').pluck().all()).toEqual(ids);
    expect(copy.pragma('journal_mode', { simple: true })).toBe('delete');
    copy.close();
  });

  it('is made of a database whose audit is broken too, and says where', async () => {
    await submit();
    close();
    const connection = new Database(path());
    connection.exec("DROP TRIGGER audit_entries_no_update; UPDATE audit_entries SET action = 'x.y'");
    connection.close();
    expect(backUp()).toMatchObject({ broken: { brokenAt: 1 } });
    open();
  });

  it('may be put in place by hand: what is written then breaks no seal', async () => {
    backUp();
    close();
    copyFileSync(inFolder('backup.db'), path());
    open();
    await submit();
    close();
    expect(checkCopy(path(), path(), quiet)).toMatchObject({ entries: 1, broken: null });
    await restoreBackup(request({ file: path(), database: inFolder('second.db') }));
    open();
  });

  it('replaces nothing, and names what is in its way', async () => {
    const { path: file } = backUp();
    const bytes = readFileSync(file, 'latin1');
    expect(() => takeBackup(path(), file, quiet)).toThrow(BackupRefused);
    expect(() => takeBackup(path(), file, quiet)).toThrow(/exists already/);
    expect(readFileSync(file, 'latin1')).toBe(bytes);
    expect(() => takeBackup(inFolder('none.db'), inFolder('new.db'), quiet)).toThrow(/there is no database/);
    expect(() => takeBackup(path(), join(file, 'new.db'), quiet)).toThrow(/cannot be written/);
    writeFileSync(inFolder('text.db'), 'not a database, but long enough to look at'.repeat(9));
    expect(() => takeBackup(inFolder('text.db'), inFolder('new.db'), quiet)).toThrow(UnusableDatabase);
    expect(readdirSync(inFolder()).sort()).toEqual(['backup.db', 'data', 'text.db']);
  });
});
