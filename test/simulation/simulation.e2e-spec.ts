import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { auditEntry } from '../../apps/api/src/storage/sqlite/audit-log.js';
import { type OpenDatabase, openDatabase } from '../../apps/api/src/storage/sqlite/database.js';
import { auditEntries } from '../../apps/api/src/storage/sqlite/schema.js';
import { ManualClock } from '../../apps/api/src/storage/testing/builders.js';
import { Random } from '../chaos/random.js';
import { rememberFlushed } from '../power-loss/disk-memory.mjs';
import { Schedule } from './schedule.js';
import { Server } from './server.js';

const first = Number(process.env.SIMULATION_SEED ?? 1);
const schedules = Number(process.env.SIMULATION_SCHEDULES ?? 300);

let folder: string;
let disk: string;
let memory: string;
let database: OpenDatabase;
let forget: () => void;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'simulation-'));
  database = openDatabase(join(folder, 'simulation.db'));
  // Nothing here loses power, and thousands of schedules wait for no disk.
  database.connection.pragma('synchronous = OFF');
  [disk, memory] = [join(folder, 'disk'), join(folder, 'flushed')];
  mkdirSync(disk);
  forget = await rememberFlushed(disk, memory);
});
afterAll(() => {
  forget();
  database.close();
  rmSync(folder, { recursive: true });
});

async function played(seed: number, server: Server): Promise<Schedule> {
  const schedule = new Schedule({ server, disk, memory }, new Random(seed));
  await schedule.play();
  return schedule;
}

describe('the store and a worker over a network that loses, delays and repeats', () => {
  it(
    `keep every promise in ${schedules} courses of events (SIMULATION_SEED=${first})`,
    async () => {
      const server = new Server(database, new ManualClock());
      for (let seed = first; seed < first + schedules; seed += 1) {
        const { violations, trace } = await played(seed, server);
        if (violations.length > 0) throw new Error([`seed ${seed}`, ...trace, ...violations].join('\n'));
      }
    },
    schedules * 2000,
  );

  it('are the same for the same seed', async () => {
    const course = async () =>
      (await played(7, new Server(database, new ManualClock()))).trace.map((line) =>
        line.replace(/[0-9a-f-]{36}/g, 'task'),
      );
    const once = await course();
    expect(once.length).toBeGreaterThan(20);
    expect(await course()).toEqual(once);
  });

  it('tell in the audit what has become of each task', () => {
    const entries = database.db.select().from(auditEntries).all().map(auditEntry);
    const last = new Map(entries.filter(({ taskId }) => taskId !== null).map(({ taskId, action }) => [taskId, action]));
    const rows = database.connection.prepare('SELECT id, status FROM tasks').all() as { id: string; status: string }[];
    expect(rows.length).toBeGreaterThan(300);
    const odd = rows.filter(({ id, status }) => last.get(id) !== `task.${status}`);
    expect(odd).toEqual([]);
  });
});
