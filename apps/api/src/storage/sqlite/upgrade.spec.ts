import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { ChainCheck } from '#audit-chain';
import { EVERY_TASK, type TaskFilter } from '../task-store.js';
import { aPoll, aReport, aResult, aTask, operator } from '../testing/builders.js';
import { AuditReader } from './audit-reader.js';
import { openDatabase } from './database.js';
import { SqliteStorage } from './sqlite-storage.js';

const SCHEMA_2 = fileURLToPath(new URL('./testing/schema-2.sql', import.meta.url));
const ENTRIES = 28;
/** A minute after the last change of the old database. */
const NOW = { wall: 1_800_000_141_000, monotonic: 500 };
const id = (n: number) => `01890000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const SESSION = '2c0e0000-0000-4000-8000-000000000005';

describe('a database of the schema before', () => {
  let folder: string;
  let path: string;
  let storage: SqliteStorage;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'upgrade-'));
    path = join(folder, 'openclaw.db');
    const old = new Database(path);
    old.pragma('auto_vacuum = INCREMENTAL');
    old.pragma('journal_mode = WAL');
    old.exec(readFileSync(SCHEMA_2, 'utf8'));
    old.close();
    storage = open();
  });
  afterEach(() => {
    storage.close();
    rmSync(folder, { recursive: true });
  });

  const open = () => new SqliteStorage(openDatabase(path), { maxPending: 100 });
  const listed = async (filter: Partial<TaskFilter>) => {
    const { tasks } = await storage.tasks.list({ ...EVERY_TASK, ...filter }, 100, null);
    return tasks.map((task) => Number(task.id.slice(-2)));
  };
  const chain = () => {
    const reader = new AuditReader(path);
    const check = new ChainCheck(reader.heads());
    for (const entry of reader.entries()) check.follow(entry);
    reader.close();
    return { entries: check.entries, ...check.finish() };
  };

  it('is copied beside itself as it was, and then brought up to date once', () => {
    storage.close();
    const copies = readdirSync(folder).filter((name) => name.includes('.bak'));
    expect(copies).toEqual(['openclaw.db.schema-2.bak']);
    const copy = new Database(join(folder, 'openclaw.db.schema-2.bak'), { readonly: true });
    expect(copy.pragma('table_info(tasks)')).toHaveLength(22);
    expect(copy.prepare('SELECT count(*) FROM tasks').pluck().get()).toBe(10);
    expect(copy.prepare('SELECT count(*) FROM audit_entries').pluck().get()).toBe(ENTRIES);
    copy.close();
    expect(statSync(join(folder, 'openclaw.db.schema-2.bak')).mode & 0o077).toBe(0);

    storage = open();
    expect(readdirSync(folder).filter((name) => name.includes('.bak'))).toEqual(copies);
  });

  it('has the schema that a new one has', () => {
    const fresh = openDatabase(join(folder, 'fresh.db'));
    const upgraded = new Database(path, { readonly: true });
    const schema = `SELECT type, name, tbl_name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name`;
    expect(upgraded.prepare(schema).all()).toEqual(fresh.connection.prepare(schema).all());
    const { seq, ...columns } = aTaskRow(fresh.connection);
    expect(Object.keys(aTaskRow(upgraded))).toEqual(['seq', ...Object.keys(columns)]);
    expect(seq).toBe(0);
    upgraded.close();
    fresh.close();
  });

  it('has every task, as it was', async () => {
    const statuses: string[] = [];
    for (let n = 1; n <= 10; n++) statuses.push((await storage.tasks.find(id(n)))?.state.status ?? 'none');
    expect(statuses).toEqual([
      'completed',
      'failed',
      'timed_out',
      'completed',
      'completed',
      'expired',
      'lost',
      'running',
      'pending',
      'pending',
    ]);
    expect(await storage.tasks.find(id(1))).toMatchObject({
      labels: { team: 'ops', ticket: 7 },
      input: { shown: { command: 'uname -s' } },
      result: { stdout: 'Darwin\n', exitCode: 0, outputBytes: { stdout: 7 } },
      retry: { maxAttempts: 1, on: ['failed', 'timed_out'], delay: 1000 },
      state: { attempt: 1, tries: 1, blocked: null },
    });
    expect(await storage.tasks.find(id(2))).toMatchObject({
      input: { shown: { command: 'make release', cwd: '~/work', env: ['STAGE'] }, variables: { STAGE: 'prod' } },
    });
    expect(await storage.tasks.find(id(4))).toMatchObject({ input: { bulky: { content: 'grüße\n' } } });
    expect(await storage.tasks.counts()).toMatchObject({ pending: 2, running: 1, completed: 3, lost: 1 });
  });

  it('is listed by every filter, and searched', async () => {
    expect(await listed({})).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(await listed({ status: 'completed' })).toEqual([5, 4, 1]);
    expect(await listed({ type: 'file-read' })).toEqual([9]);
    expect(await listed({ worker: 'mac' })).toEqual([8, 7, 5, 4, 3, 2, 1]);
    expect(await listed({ from: 1_800_000_005_500, to: 1_800_000_012_250 })).toEqual([6, 5, 4, 3]);
    expect(await listed({ held: true })).toEqual([]);
    expect(await listed({ q: 'release' })).toEqual([2]);
    expect(await listed({ q: 'notes größe.txt' })).toEqual([9, 4]);
    expect(await listed({ q: 'summarise' })).toEqual([5]);
  });

  it('knows the conversations, the worker that holds one and its folder', async () => {
    expect(await storage.tasks.conversations(10)).toEqual([
      expect.objectContaining({ sessionId: SESSION, worker: 'mac', cwd: '~/notes', taskCount: 2 }),
    ]);
  });

  it('goes on: the worker that runs a task reports it, and what waits is handed out', async () => {
    await storage.tasks.resumeLeases(NOW);
    const running = [{ taskId: id(8), attempt: 2 }];
    const exchange = await storage.tasks.exchange(aPoll({ claimant: { seq: 100 }, max: 5, running }), operator, NOW);
    if (exchange.kind !== 'settled') throw new Error(exchange.kind);
    expect(exchange.stale).toEqual([]);
    expect(exchange.handOuts.map(({ id: taskId, attempt }) => [taskId, attempt])).toEqual([
      [id(9), 1],
      [id(10), 1],
    ]);
    const result = aResult({ outcome: 'completed', stdout: 'second hand-out\n' });
    expect(await storage.tasks.report(aReport(id(8), { attempt: 2, result }), operator, NOW)).toMatchObject({
      taken: true,
    });
    await storage.tasks.submit([aTask({ id: id(11) })], null, operator, NOW);
    expect(await listed({ q: 'true' })).toEqual([11]);
  });

  it('has the audit that it had, to which the next entry is linked', async () => {
    expect(chain()).toMatchObject({ entries: ENTRIES, broken: null });
    await storage.tasks.cancel(id(9), operator, NOW);
    expect(chain()).toMatchObject({ entries: ENTRIES + 1, broken: null });
  });
});

function aTaskRow(connection: Database.Database): Record<string, unknown> {
  const columns = connection.pragma('table_xinfo(tasks)') as { name: string }[];
  return Object.fromEntries(columns.map(({ name }, index) => [name, index]));
}
