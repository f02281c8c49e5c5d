import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aTask, ManualClock, operator } from '../testing/builders.js';
import { openDatabase } from './database.js';
import { Engine } from './engine.js';
import { taskInputs } from './schema.js';
import { SqliteStorage } from './sqlite-storage.js';

let folder: string;
let storage: SqliteStorage;
let engine: Engine;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'search-index-'));
  const database = openDatabase(join(folder, 'search.db'));
  storage = new SqliteStorage(database, { maxPending: 10_000 });
  engine = new Engine(database, () => undefined);
});
afterEach(() => {
  storage.close();
  rmSync(folder, { recursive: true });
});

const indexed = () => engine.connection.prepare('SELECT count(*) FROM task_search_docsize').pluck().get();

async function submit(count: number): Promise<void> {
  const tasks = Array.from({ length: count }, () => aTask());
  await storage.tasks.submit(tasks, null, operator, new ManualClock().now());
}

describe('the index of words', () => {
  it('catches up with all that was there, over several pieces', async () => {
    await submit(1200);
    await engine.taskSearch.catchUp();
    expect(indexed()).toBe(1200);
    await engine.taskSearch.catchUp();
    expect(indexed()).toBe(1200);
  });

  it('comes to an end when what it was to reach is removed meanwhile', async () => {
    await submit(600);
    const catchingUp = engine.taskSearch.catchUp();
    engine.db.delete(taskInputs).run();
    await catchingUp;
    await submit(1);
    await engine.taskSearch.catchUp();
    expect(indexed()).toBeGreaterThan(0);
  });
});
