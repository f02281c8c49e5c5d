// Tasks a second that are taken, durably and with their audit entries; against rows a second of a bare insert loop.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Client } from '../kit/client.mjs';
import { newFolder, Ours } from '../kit/processes.mjs';
import { rateOf } from '../kit/stats.mjs';

const BATCH = 500;
const TASK = { command: 'true' };

async function ingest({ short }, lanes, submit) {
  const server = await Ours.start({ env: { MAX_PENDING: '1000000' } });
  const client = new Client(server.url);
  const rate = await rateOf(lanes, short ? 1500 : 5000, () => submit(client));
  await client.close();
  await server.stop();
  return { 'tasks/s': rate };
}

const single = (options) => ingest(options, 50, async (client) => void (await client.post('/tasks', TASK)));

const batch = (options) =>
  ingest(options, 4, async (client) => {
    const { tasks } = await client.post('/tasks/batch', { tasks: Array(BATCH).fill(TASK) });
    return tasks.length;
  });

async function insertLoop({ short }) {
  const folder = newFolder();
  const database = new Database(join(folder, 'rows.db'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT NOT NULL)');
  const insert = database.prepare('INSERT INTO rows (body) VALUES (?)');
  const until = performance.now() + (short ? 1500 : 5000);
  const began = performance.now();
  let rows = 0;
  while (performance.now() < until) {
    for (let n = 0; n < 50; n += 1) insert.run('{"command":"true"}');
    rows += 50;
  }
  const rate = (rows / (performance.now() - began)) * 1000;
  database.close();
  rmSync(folder, { recursive: true });
  return { 'tasks/s': rate };
}

export default {
  title: 'Ingest: tasks taken, durably and with audit',
  unit: 'tasks/s',
  contestants: {
    'ours, one a call': { run: single },
    [`ours, ${BATCH} a call`]: { run: batch },
    'a loop of single-row inserts, FULL': { run: insertLoop },
  },
  targets: [
    {
      what: 'batches, against a single-row insert loop',
      of: (all) => all[`ours, ${BATCH} a call`]['tasks/s'] / all['a loop of single-row inserts, FULL']['tasks/s'],
      least: 4,
    },
  ],
};
