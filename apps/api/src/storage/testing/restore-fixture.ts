import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import type { NewTask } from '../../domain/task.js';
import { takeBackup } from '../backup.js';
import { type RestoreRequest, restoreBackup } from '../restore.js';
import { openDatabase } from '../sqlite/database.js';
import { SqliteStorage } from '../sqlite/sqlite-storage.js';
import { aPoll, aReport, aResult, aSimpleWorker, aTask, ManualClock, operator } from './builders.js';

/** A database file that is in use, and short ways to back it up, restore it and work with it. */
export function restoreFixture() {
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
  const inFolder = (...names: string[]) => join(folder, ...names);
  const request = (change: Partial<RestoreRequest> = {}): RestoreRequest => ({
    file: inFolder('backup.db'),
    database: path,
    acceptBrokenAudit: false,
    at: now().wall,
    confirm: async () => true,
    tell: () => undefined,
    ...change,
  });

  return {
    inFolder,
    path: () => path,
    storage: () => storage,
    now,
    advance: (ms: number) => clock.advance(ms),
    open,
    close: () => storage.close(),
    request,
    backUp: (name = 'backup.db') => takeBackup(path, inFolder(name), () => undefined),
    /** Restores with the server stopped, and starts it again. */
    restore: async (change: Partial<RestoreRequest> = {}) => {
      storage.close();
      try {
        return await restoreBackup(request(change));
      } finally {
        open();
        await storage.tasks.resumeLeases(now());
      }
    },
    submit: async (change: Partial<NewTask> = {}) => {
      const task = aTask(change);
      await storage.tasks.submit([task], null, operator, now());
      return task.id;
    },
    claim: () => storage.tasks.claim(aSimpleWorker, operator, now()),
    report: (taskId: string, attempt: number | null, outcome: 'completed' | 'failed' = 'completed') =>
      storage.tasks.report(aReport(taskId, { attempt, result: aResult({ outcome }) }), operator, now()),
    poll: async (change: Parameters<typeof aPoll>[0] = {}) => {
      seq++;
      const exchange = await storage.tasks.exchange(aPoll({ ...change, claimant: { seq } }), operator, now());
      if (exchange.kind !== 'settled') throw new Error(exchange.kind);
      return exchange;
    },
    stateOf: async (id: string) => (await storage.tasks.find(id))?.state,
    releaseAll: () => storage.tasks.releaseHeld(null, 100, operator, now()),
    /** The databases that were set aside. */
    asides: () => readdirSync(inFolder('data')).filter((name) => name.includes('before-restore')),
    /** All that a refused restore must leave as it was. */
    trace: () => [readFileSync(path, 'latin1'), readdirSync(inFolder('data')).sort()],
  };
}
