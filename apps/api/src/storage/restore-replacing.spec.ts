import {
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { type RestoreRequest, restoreBackup } from './restore.js';
import { openDatabase } from './sqlite/database.js';
import { restoreFixture } from './testing/restore-fixture.js';

describe('a restore', () => {
  const { inFolder, path, storage, advance, open, close, request, backUp, restore, submit, stateOf, asides, trace } =
    restoreFixture();

  describe('the database that was there', () => {
    it('is set aside whole, and can be restored in its turn', async () => {
      backUp();
      const id = await submit();
      const { aside } = (await restore()) ?? {};
      expect(asides()).toHaveLength(1);
      expect(await stateOf(id)).toBeUndefined();
      advance(1000);
      expect(await restore({ file: aside ?? '' })).toMatchObject({ epoch: 2, held: 1, sealed: false });
      expect(await stateOf(id)).toMatchObject({ status: 'pending', blocked: 'held' });
    });

    it('may be damaged: then its log is set aside with it', async () => {
      backUp();
      close();
      writeFileSync(path(), 'this was a database once'.repeat(100));
      writeFileSync(`${path()}-wal`, 'and this its log');
      expect(await restore()).toMatchObject({ epoch: 1 });
      const [main, log] = asides();
      expect(readFileSync(inFolder('data', main ?? ''), 'utf8')).toMatch(/^this was/);
      expect(readFileSync(inFolder('data', log ?? ''), 'utf8')).toBe('and this its log');
      expect(await submit()).toBeDefined();
    });

    it('need not be there', async () => {
      await submit();
      backUp();
      close();
      rmSync(inFolder('data'), { recursive: true });
      expect(await restore()).toMatchObject({ held: 1, aside: null });
      expect(statSync(path()).mode & 0o777).toBe(0o600);
      expect(statSync(inFolder('data')).mode & 0o777).toBe(0o700);
    });

    it('is not touched when the operator says no, nor are traces left', async () => {
      backUp();
      await submit();
      close();
      const before = trace();
      expect(await restoreBackup(request({ confirm: async () => false }))).toBeNull();
      expect(trace()).toEqual(before);
      open();
    });

    it('is whole after a restore that was cut short, whatever that has left, and so is the next', async () => {
      backUp();
      const id = await submit();
      close();
      mkdirSync(`${path()}.restoring`);
      writeFileSync(join(`${path()}.restoring`, 'openclaw.db'), 'half a copy');
      linkSync(path(), `${path()}.before-restore-20260101T000000.000Z`);
      open();
      expect(await stateOf(id)).toMatchObject({ status: 'pending' });
      expect(await restore()).toMatchObject({ epoch: 1 });
      expect(existsSync(`${path()}.restoring`)).toBe(false);
      expect(asides()).toEqual([expect.not.stringContaining('20260101')]);
    });
  });

  describe('is refused, and nothing is changed,', () => {
    const refused = async (change: Partial<RestoreRequest>, message: RegExp) => {
      close();
      const before = trace();
      await expect(restoreBackup(request(change))).rejects.toThrow(message);
      expect(trace()).toEqual(before);
      open();
    };

    it('while a server has the database', async () => {
      backUp();
      await expect(restoreBackup(request())).rejects.toThrow(/in use by another server/);
      expect(await submit()).toBeDefined();
    });

    it('when any byte of the backup is another', async () => {
      await submit({ input: { shown: { command: 'echo unmistakable' }, bulky: null, variables: null } });
      const { path: file } = backUp();
      const bytes = readFileSync(file);
      const places = [3, 20, 61, 100, bytes.indexOf('unmistakable'), Math.floor(bytes.length / 2), bytes.length - 1];
      for (const place of places) {
        const damaged = Buffer.from(bytes);
        damaged[place] = (damaged[place] ?? 0) ^ 0x20;
        writeFileSync(file, damaged);
        await refused({}, /damaged/);
      }
      writeFileSync(file, bytes.subarray(0, bytes.length - 4096));
      await refused({}, /damaged/);
    });

    it('when an entry of its audit was changed, unless the operator takes it so', async () => {
      await submit();
      backUp();
      const forged = inFolder('forged.db');
      copyFileSync(inFolder('backup.db'), forged);
      const connection = new Database(forged);
      connection.exec('DROP TRIGGER audit_entries_no_update; UPDATE audit_entries SET at = at + 1 WHERE seq = 1');
      connection.pragma('user_version = 0');
      connection.close();
      await refused({ file: forged }, /the audit of .*forged\.db is broken: entry 1 is not what was written/);
      expect(await restore({ file: forged, acceptBrokenAudit: true })).toMatchObject({ broken: { brokenAt: 1 } });
      const { entries } = await storage().audit.list({ action: 'server.restored' }, 1, null);
      expect(entries[0]?.detail).toMatchObject({ auditBrokenAt: 1 });
    });

    it('when a newer version has written the backup', async () => {
      const { path: file } = backUp();
      const connection = new Database(file);
      connection.exec("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('x', 9999999999999)");
      connection.pragma('user_version = 0');
      connection.close();
      await refused({}, /was written by a newer version/);
    });

    it('when the file is no backup', async () => {
      const other = inFolder('other.db');
      const connection = new Database(other);
      connection.exec('CREATE TABLE notes (text)');
      connection.close();
      await refused({ file: other }, /is not a database of this program/);
      writeFileSync(other, 'a text');
      await refused({ file: other }, /damaged: file is not a database/);
      closeSync(openSync(other, 'w'));
      await refused({ file: other }, /is empty/);
      await refused({ file: inFolder('none.db') }, /there is no file/);
      await refused({ file: inFolder() }, /is not a file/);
      await refused({ file: path() }, /is the database itself/);
    });

    it('when the file is the database of a running server', async () => {
      const other = inFolder('other', 'openclaw.db');
      const database = openDatabase(other);
      await refused({ file: other }, /in use by a server/);
      database.close();
    });
  });
});
