import {
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import type { NewTask } from '../domain/task.js';
import { takeBackup } from './backup.js';
import { BackupRefused, UnusableDatabase } from './errors.js';
import { type RestoreRequest, restoreBackup } from './restore.js';
import { checkCopy } from './sqlite/copy-check.js';
import { openDatabase } from './sqlite/database.js';
import { SqliteStorage } from './sqlite/sqlite-storage.js';
import { EVERY_TASK } from './task-store.js';
import { aPoll, aReport, aResult, aSimpleWorker, aTask, ManualClock, operator } from './testing/builders.js';
import { aSchedule } from './testing/describe-schedule-store.js';

const MILLION = 1_000_000;
const DAY = 86_400_000;
const quiet = () => undefined;

describe('a backup and its restore', () => {
  let folder: string;
  let path: string;
  let clock: ManualClock;
  let storage: SqliteStorage;
  let seq: number;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'restore-'));
    path = join(folder, 'data', 'openclaw.db');
    clock = new ManualClock();
    seq = 0;
    open();
  });
  afterEach(() => {
    storage.close();
    rmSync(folder, { recursive: true });
  });

  const now = () => clock.now();
  const open = () => {
    storage = new SqliteStorage(openDatabase(path), { maxPending: 100 });
  };
  const backUp = (name = 'backup.db') => takeBackup(path, join(folder, name), quiet).path;
  const request = (change: Partial<RestoreRequest>): RestoreRequest => ({
    file: join(folder, 'backup.db'),
    database: path,
    acceptBrokenAudit: false,
    at: now().wall,
    confirm: async () => true,
    tell: quiet,
    ...change,
  });
  /** Restores with the server stopped, and starts it again. */
  const restore = async (change: Partial<RestoreRequest> = {}) => {
    storage.close();
    try {
      return await restoreBackup(request(change));
    } finally {
      open();
      await storage.tasks.resumeLeases(now());
    }
  };
  const submit = async (change: Partial<NewTask> = {}) => {
    const task = aTask(change);
    await storage.tasks.submit([task], null, operator, now());
    return task.id;
  };
  const claim = () => storage.tasks.claim(aSimpleWorker, operator, now());
  const report = (taskId: string, attempt: number | null, outcome: 'completed' | 'failed' = 'completed') =>
    storage.tasks.report(aReport(taskId, { attempt, result: aResult({ outcome }) }), operator, now());
  const poll = async (change: Parameters<typeof aPoll>[0] = {}) => {
    seq++;
    const exchange = await storage.tasks.exchange(aPoll({ ...change, claimant: { seq } }), operator, now());
    if (exchange.kind !== 'settled') throw new Error(exchange.kind);
    return exchange;
  };
  const stateOf = async (id: string) => (await storage.tasks.find(id))?.state;
  const releaseAll = () => storage.tasks.releaseHeld(null, 100, operator, now());
  const asides = () => readdirSync(join(folder, 'data')).filter((name) => name.includes('before-restore'));
  const trace = () => [readFileSync(path, 'latin1'), readdirSync(join(folder, 'data')).sort()];

  describe('what waits', () => {
    it('is held: neither handed out nor expired, until it is released', async () => {
      const id = await submit({ expiresIn: 1000 });
      backUp();
      expect((await claim())?.id).toBe(id);
      await report(id, 1);

      expect(await restore()).toMatchObject({ epoch: 1, held: 1, running: 0 });
      expect(await stateOf(id)).toMatchObject({ status: 'pending', blocked: 'held' });
      expect((await storage.tasks.list({ ...EVERY_TASK, held: true }, 10, null)).tasks).toHaveLength(1);
      clock.advance(30 * DAY);
      expect(await storage.tasks.expireOverdue(now(), 10)).toBe(0);
      expect(await claim()).toBeNull();

      expect(await releaseAll()).toBe(1);
      const handOut = await claim();
      expect(handOut).toMatchObject({ id });
      expect(handOut?.attempt).toBeGreaterThan(MILLION);
      expect(await report(id, handOut?.attempt ?? 0)).toMatchObject({ taken: true });
    });

    it('is cancelled like any other', async () => {
      const id = await submit();
      backUp();
      await restore();
      expect(await storage.tasks.cancel(id, operator, now())).toMatchObject({ done: true });
      expect(await releaseAll()).toBe(0);
    });

    it('keeps its time, and its turn in its conversation', async () => {
      const later = await submit({ dueAt: now().wall + 60_000 });
      const first = await submit({ type: 'claude-cli', sessionId: 'session' });
      const second = await submit({ type: 'claude-cli', sessionId: 'session' });
      backUp();
      await restore();
      expect(await releaseAll()).toBe(3);
      expect(await stateOf(later)).toMatchObject({ blocked: 'due' });
      expect((await poll({ max: 5 })).handOuts.map(({ id }) => id)).toEqual([first]);
      expect(await stateOf(second)).toMatchObject({ blocked: 'session' });
    });

    it('does not go on by an attempt from before the backup', async () => {
      const id = await submit({ retry: { maxAttempts: 3, on: ['lost'], delay: 1 } });
      const { handOuts } = await poll();
      const running = handOuts.map(({ id: taskId, attempt }) => ({ taskId, attempt }));
      await poll({ running, max: 0 });
      clock.advance(120_000);
      await storage.tasks.loseLapsed(now(), 10);
      expect(await stateOf(id)).toMatchObject({ status: 'pending', attempt: 1 });
      backUp();
      await restore();
      expect((await poll({ running, max: 0 })).stale).toEqual(running);
      expect(await report(id, 1)).toMatchObject({ taken: false, refusal: 'stale_attempt' });
      expect(await stateOf(id)).toMatchObject({ status: 'pending', blocked: 'held' });
    });
  });

  describe('what runs', () => {
    const policy = { maxAttempts: 5, on: ['failed', 'timed_out', 'lost'] as const, delay: 1 };

    it('ends as its worker reports, and is not tried again', async () => {
      const id = await submit({ retry: policy });
      await claim();
      backUp();
      expect(await restore()).toMatchObject({ held: 0, running: 1 });
      expect(await stateOf(id)).toMatchObject({ status: 'running', attempt: 1 });
      expect(await report(id, 1, 'failed')).toMatchObject({ taken: true });
      expect(await stateOf(id)).toMatchObject({ status: 'failed' });
    });

    it('ends lost when nobody reports it, and is not tried again', async () => {
      const id = await submit({ retry: policy });
      await claim();
      backUp();
      await restore();
      clock.advance(DAY);
      expect(await storage.tasks.loseLapsed(now(), 10)).toBe(1);
      expect(await stateOf(id)).toMatchObject({ status: 'lost' });
    });

    it('is not made again when its worker has been done with it since, though no poll had listed it', async () => {
      const id = await submit({ retry: policy });
      const [handOut] = (await poll()).handOuts;
      backUp();
      await report(id, handOut?.attempt ?? 0);
      await restore();
      expect((await poll({ max: 3 })).handOuts).toEqual([]);
      expect(await stateOf(id)).toMatchObject({ status: 'lost' });
    });

    it('goes on with the worker that holds it', async () => {
      const id = await submit();
      const [handOut] = (await poll()).handOuts;
      const running = [{ taskId: id, attempt: handOut?.attempt ?? 0 }];
      backUp();
      await poll({ running, max: 0 });
      await restore();
      expect((await poll({ running, max: 0 })).stale).toEqual([]);
      expect(await report(id, 1)).toMatchObject({ taken: true });
    });
  });

  it('refuses what was handed out after the backup, and tells its worker to forget it', async () => {
    const known = await submit();
    backUp();
    const unknown = await submit();
    const { handOuts } = await poll({ max: 2 });
    const running = handOuts.map(({ id: taskId, attempt }) => ({ taskId, attempt }));
    expect(running.map(({ taskId }) => taskId)).toEqual([known, unknown]);
    await restore();
    expect((await poll({ running, max: 0 })).stale).toEqual(running);
    expect(await report(known, 1)).toMatchObject({ taken: false, refusal: 'stale_attempt' });
    expect(await report(unknown, 1)).toMatchObject({ taken: false, refusal: 'unknown' });
  });

  it('takes a report without an attempt for a new task, and not for one that may have run after the backup', async () => {
    const old = await submit();
    backUp();
    await restore();
    await releaseAll();
    const fresh = await submit();
    await claim();
    await claim();
    expect(await report(old, null)).toMatchObject({ taken: false, refusal: 'stale_attempt' });
    expect(await report(fresh, null)).toMatchObject({ taken: true });
  });

  it('fires nothing that schedules missed since the backup', async () => {
    const { wall } = now();
    const schedule = aSchedule({ nextFireAt: wall + 60_000 });
    const paused = aSchedule({ enabled: false, nextFireAt: null });
    for (const each of [schedule, paused]) await storage.schedules.create(each, {}, operator);
    backUp();
    clock.advance(DAY);
    expect(await restore()).toMatchObject({ schedules: 1 });
    expect(await storage.schedules.due(now(), 10, null)).toEqual([]);
    expect(await storage.schedules.find(schedule.id)).toEqual({ ...schedule, nextFireAt: null });
  });

  it('answers an idempotency key as before, and has no worker that is online', async () => {
    const key = { tokenId: 'environment', key: 'deploy-7', requestHash: 'hash' };
    const task = aTask();
    await storage.tasks.submit([task], key, operator, now());
    await poll({ max: 0 });
    backUp();
    await restore();
    const [repeated] = await storage.tasks.submit([aTask()], key, operator, now());
    expect(repeated?.id).toBe(task.id);
    expect(await storage.workers.online()).toEqual([]);
    const other = aPoll({ claimant: { workerId: '0190b3c0-0000-7000-8000-000000000002' }, max: 0 });
    expect(await storage.tasks.exchange(other, operator, now())).toMatchObject({ kind: 'settled' });
  });

  it('goes on with the chain of the backup, and says so in it', async () => {
    await submit();
    const { head } = takeBackup(path, join(folder, 'backup.db'), quiet);
    await submit();
    const restored = await restore();
    expect(restored?.restored).toEqual(head);
    const { entries } = await storage.audit.list({ action: 'server.restored' }, 10, null);
    expect(entries).toMatchObject([
      { prevHash: head?.hash, detail: { epoch: 1, restoredSeq: head?.seq, backup: 'backup.db', held: 1, running: 0 } },
    ]);
    storage.close();
    expect(checkCopy(path, path, quiet)).toMatchObject({ entries: (head?.seq ?? 0) + 1, broken: null });
    open();
  });

  it('begins a new epoch at every restore, also of the same backup', async () => {
    await submit();
    backUp();
    expect(await restore()).toMatchObject({ epoch: 1 });
    clock.advance(1000);
    expect(await restore()).toMatchObject({ epoch: 2 });
    clock.advance(1000);
    await releaseAll();
    expect((await claim())?.attempt).toBeGreaterThan(2 * MILLION);
  });

  describe('the database that was there', () => {
    it('is set aside whole, and can be restored in its turn', async () => {
      backUp();
      const id = await submit();
      const { aside } = (await restore()) ?? {};
      expect(asides()).toHaveLength(1);
      expect(await stateOf(id)).toBeUndefined();
      clock.advance(1000);
      expect(await restore({ file: aside ?? '' })).toMatchObject({ epoch: 2, held: 1, sealed: false });
      expect(await stateOf(id)).toMatchObject({ status: 'pending', blocked: 'held' });
    });

    it('may be damaged: then its log is set aside with it', async () => {
      backUp();
      storage.close();
      writeFileSync(path, 'this was a database once'.repeat(100));
      writeFileSync(`${path}-wal`, 'and this its log');
      expect(await restore()).toMatchObject({ epoch: 1 });
      const [main, log] = asides();
      expect(readFileSync(join(folder, 'data', main ?? ''), 'utf8')).toMatch(/^this was/);
      expect(readFileSync(join(folder, 'data', log ?? ''), 'utf8')).toBe('and this its log');
      expect(await submit()).toBeDefined();
    });

    it('need not be there', async () => {
      await submit();
      backUp();
      storage.close();
      rmSync(join(folder, 'data'), { recursive: true });
      expect(await restore()).toMatchObject({ held: 1, aside: null });
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
    });

    it('is not touched when the operator says no, nor are traces left', async () => {
      backUp();
      await submit();
      storage.close();
      const before = trace();
      expect(await restoreBackup(request({ confirm: async () => false }))).toBeNull();
      expect(trace()).toEqual(before);
      open();
    });

    it('is whole after a restore that was cut short, whatever that has left, and so is the next', async () => {
      backUp();
      const id = await submit();
      storage.close();
      mkdirSync(`${path}.restoring`);
      writeFileSync(join(`${path}.restoring`, 'openclaw.db'), 'half a copy');
      linkSync(path, `${path}.before-restore-20260101T000000.000Z`);
      open();
      expect(await stateOf(id)).toMatchObject({ status: 'pending' });
      expect(await restore()).toMatchObject({ epoch: 1 });
      expect(existsSync(`${path}.restoring`)).toBe(false);
      expect(asides()).toEqual([expect.not.stringContaining('20260101')]);
    });
  });

  describe('is refused, and nothing is changed,', () => {
    const refused = async (change: Partial<RestoreRequest>, message: RegExp) => {
      storage.close();
      const before = trace();
      await expect(restoreBackup(request(change))).rejects.toThrow(message);
      expect(trace()).toEqual(before);
      open();
    };

    it('while a server has the database', async () => {
      backUp();
      await expect(restoreBackup(request({}))).rejects.toThrow(/in use by another server/);
      expect(await submit()).toBeDefined();
    });

    it('when any byte of the backup is another', async () => {
      await submit({ input: { shown: { command: 'echo unmistakable' }, bulky: null, variables: null } });
      const file = backUp();
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
      const forged = join(folder, 'forged.db');
      copyFileSync(join(folder, 'backup.db'), forged);
      const connection = new Database(forged);
      connection.exec('DROP TRIGGER audit_entries_no_update; UPDATE audit_entries SET at = at + 1 WHERE seq = 1');
      connection.pragma('user_version = 0');
      connection.close();
      await refused({ file: forged }, /the audit of .*forged\.db is broken: entry 1 is not what was written/);
      expect(await restore({ file: forged, acceptBrokenAudit: true })).toMatchObject({ broken: { brokenAt: 1 } });
      const { entries } = await storage.audit.list({ action: 'server.restored' }, 1, null);
      expect(entries[0]?.detail).toMatchObject({ auditBrokenAt: 1 });
    });

    it('when a newer version has written the backup', async () => {
      const file = backUp();
      const connection = new Database(file);
      connection.exec("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('x', 9999999999999)");
      connection.pragma('user_version = 0');
      connection.close();
      await refused({}, /was written by a newer version/);
    });

    it('when the file is no backup', async () => {
      const other = join(folder, 'other.db');
      const connection = new Database(other);
      connection.exec('CREATE TABLE notes (text)');
      connection.close();
      await refused({ file: other }, /is not a database of this program/);
      writeFileSync(other, 'a text');
      await refused({ file: other }, /damaged: file is not a database/);
      closeSync(openSync(other, 'w'));
      await refused({ file: other }, /is empty/);
      await refused({ file: join(folder, 'none.db') }, /there is no file/);
      await refused({ file: folder }, /is not a file/);
      await refused({ file: path }, /is the database itself/);
    });

    it('when the file is the database of a running server', async () => {
      const other = join(folder, 'other', 'openclaw.db');
      const database = openDatabase(other);
      await refused({ file: other }, /in use by a server/);
      database.close();
    });
  });

  describe('a backup', () => {
    it('holds one moment of a server that goes on, and only its owner reads it', async () => {
      const ids = [await submit(), await submit()];
      const backup = takeBackup(path, join(folder, 'backups', 'one.db'), quiet);
      await submit();
      expect(statSync(backup.path).mode & 0o777).toBe(0o600);
      expect(backup.bytes).toBe(statSync(backup.path).size);
      expect(backup).toMatchObject({ entries: 2, head: { seq: 2 }, broken: null });
      expect(readdirSync(join(folder, 'backups'))).toEqual(['one.db']);
      const copy = new Database(backup.path, { readonly: true });
      expect(copy.prepare('SELECT id FROM tasks ORDER BY seq').pluck().all()).toEqual(ids);
      expect(copy.pragma('journal_mode', { simple: true })).toBe('delete');
      copy.close();
    });

    it('is made of a database whose audit is broken too, and says where', async () => {
      await submit();
      storage.close();
      const connection = new Database(path);
      connection.exec("DROP TRIGGER audit_entries_no_update; UPDATE audit_entries SET action = 'x.y'");
      connection.close();
      expect(takeBackup(path, join(folder, 'backup.db'), quiet)).toMatchObject({ broken: { brokenAt: 1 } });
      open();
    });

    it('may be put in place by hand: what is written then breaks no seal', async () => {
      backUp();
      storage.close();
      copyFileSync(join(folder, 'backup.db'), path);
      open();
      await submit();
      storage.close();
      expect(checkCopy(path, path, quiet)).toMatchObject({ entries: 1, broken: null });
      await restoreBackup(request({ file: path, database: join(folder, 'second.db') }));
      open();
    });

    it('replaces nothing, and names what is in its way', async () => {
      const file = backUp();
      const bytes = readFileSync(file, 'latin1');
      expect(() => takeBackup(path, file, quiet)).toThrow(BackupRefused);
      expect(() => takeBackup(path, file, quiet)).toThrow(/exists already/);
      expect(readFileSync(file, 'latin1')).toBe(bytes);
      expect(() => takeBackup(join(folder, 'none.db'), join(folder, 'new.db'), quiet)).toThrow(/there is no database/);
      expect(() => takeBackup(path, join(file, 'new.db'), quiet)).toThrow(/cannot be written/);
      writeFileSync(join(folder, 'text.db'), 'not a database, but long enough to look at'.repeat(9));
      expect(() => takeBackup(join(folder, 'text.db'), join(folder, 'new.db'), quiet)).toThrow(UnusableDatabase);
      expect(readdirSync(folder).sort()).toEqual(['backup.db', 'data', 'text.db']);
    });
  });
});
