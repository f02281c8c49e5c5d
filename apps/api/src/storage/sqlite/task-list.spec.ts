import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EVERY_TASK, type TaskFilter } from '../task-store.js';
import { aTask, ManualClock, operator } from '../testing/builders.js';
import { type OpenDatabase, openDatabase } from './database.js';
import { SqliteStorage } from './sqlite-storage.js';

const COUNT = 3000;
const RARE = 'b5f0a2f4-0000-4000-8000-000000000001';

let folder: string;
let database: OpenDatabase;
let storage: SqliteStorage;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'task-list-'));
  database = openDatabase(join(folder, 'test.db'));
  storage = new SqliteStorage(database, { maxPending: COUNT * 2 });
  const clock = new ManualClock();
  for (let n = 0; n < COUNT; n += 500) {
    const tasks = Array.from({ length: 500 }, (_, m) =>
      aTask({
        type: n + m === 7 ? 'file-read' : 'command',
        scheduleId: n + m === 7 ? RARE : null,
        target: { worker: n + m === 7 ? 'rare' : null, tags: [] },
        input: { shown: { command: n + m === 7 ? 'needle' : 'echo hay' }, bulky: null, variables: null },
      }),
    );
    await storage.tasks.submit(tasks, null, operator, clock.advance(1));
  }
});
afterAll(() => {
  storage.close();
  rmSync(folder, { recursive: true });
});

const list = (filter: Partial<TaskFilter>) => storage.tasks.list({ ...EVERY_TASK, ...filter }, 50, null);

describe('a list of tasks', () => {
  it.each<Partial<TaskFilter>>([
    { type: 'file-read' },
    { worker: 'rare' },
    { schedule: RARE },
    { q: 'needle' },
    { q: 'needle', type: 'file-read', status: 'pending' },
    { q: 'hay', from: 1_800_000_000_000, to: 1_800_000_000_000 + COUNT, status: 'running' },
  ])('finds what is rare: %j', async (filter) => {
    const { tasks } = await list(filter);
    expect(tasks).toHaveLength(filter.status === 'running' ? 0 : 1);
  });

  it.each([
    ["t.status = 'failed' AND t.type = 'file-read'", 'tasks_by_status_and_type (status=? AND type=?'],
    ["t.status = 'failed' AND t.worker = 'rare'", 'tasks_by_status_and_worker (status=? AND worker=?'],
    ["t.type = 'file-read' AND t.worker = 'rare'", 'tasks_by_type_and_worker (type=? AND worker=?'],
  ])('has one index for the pair %s', (condition, index) => {
    const query = `SELECT t.seq FROM tasks t WHERE t.seq BETWEEN 1 AND 9 AND ${condition} ORDER BY t.seq DESC LIMIT 50`;
    const plan = database.connection.prepare(`EXPLAIN QUERY PLAN ${query}`).all() as { detail: string }[];
    expect(plan.map(({ detail }) => detail).join('; ')).toContain(`INDEX ${index} AND seq>? AND seq<?)`);
  });

  it('walks along an index for each filter, and never sorts or scans the table', () => {
    const conditions = [
      "t.status = 'failed'",
      "t.type = 'file-read'",
      "t.worker = 'rare'",
      "t.schedule_id = 'x'",
      "t.status = 'pending' AND t.blocked = 'held'",
      't.created_at BETWEEN 1 AND 2 AND t.seq BETWEEN 1 AND 2',
    ];
    for (const condition of conditions) {
      const query = `SELECT t.seq FROM tasks t WHERE t.seq < 9 AND ${condition} ORDER BY t.seq DESC LIMIT 50`;
      const plan = database.connection.prepare(`EXPLAIN QUERY PLAN ${query}`).all() as { detail: string }[];
      const details = plan.map(({ detail }) => detail).join('; ');
      expect(details).toMatch(/^SEARCH t USING/);
      expect(details).not.toMatch(/SCAN|TEMP B-TREE/);
    }
  });
});
