// How long requests take while the server looks after itself: on a new server, and on one with a long history whose old
// tasks are being removed, that is backed up and whose audit is exported over and over. Checkpoints come by themselves.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BatchWorker, Client } from '../kit/client.mjs';
import { fillAudit, filledStorage, fillTasks } from '../kit/fill.mjs';
import { newFolder, Ours } from '../kit/processes.mjs';
import { quantile } from '../kit/stats.mjs';

const MOST_MS = 50;
/** One request begins every so many milliseconds: far below what the server can do. */
const PACE_MS = 10;
/** What a program that has just started has yet to compile is no part of this. */
const WARM_MS = 3000;
const BACKUP = fileURLToPath(new URL('../../dist/apps/api/backup/backup-command.js', import.meta.url));

/** The requests of clients, in turn, each timed. */
async function requests(client, ms) {
  const times = [];
  const timed = async (request) => {
    const began = performance.now();
    const answer = await request();
    times.push(performance.now() - began);
    return answer;
  };
  const under = [];
  const end = performance.now() + ms;
  for (let n = 0, taskId; performance.now() < end; n += 1) {
    const kinds = [
      async () => {
        ({ taskId } = await timed(() => client.post('/tasks', { command: 'true' })));
      },
      () => timed(() => client.get(taskId ? `/tasks/${taskId}` : '/health')),
      () => timed(() => client.get('/tasks?limit=50')),
      () => timed(() => client.get('/audit?limit=50')),
    ];
    under.push(kinds[n % kinds.length]());
    await delay(PACE_MS);
  }
  await Promise.all(under);
  return times;
}

async function backups(database, folder, over) {
  let made = 0;
  for (; !over.aborted; made += 1) {
    const args = [BACKUP, join(folder, 'backups/'), '--keep', '1', '--database', database];
    await once(spawn(process.execPath, args, { stdio: 'ignore' }), 'exit');
  }
  return made;
}

async function exports(client, over) {
  let made = 0;
  for (; !over.aborted; made += 1) {
    const { body } = await client.open('/audit/export');
    for await (const _ of body) if (over.aborted) break;
  }
  return made;
}

const under =
  (history) =>
  async ({ short }) => {
    const folder = newFolder();
    const database = join(folder, 'upkeep.db');
    if (history) {
      const count = short ? 20_000 : 300_000;
      filledStorage(database, (connection) => {
        fillTasks(connection, count);
        fillAudit(connection, 3 * count);
      }).close();
    }
    const server = await Ours.start({ database });
    const client = new Client(server.url);
    const worker = new BatchWorker(client, 0, 50);
    await requests(client, WARM_MS);
    const over = new AbortController();
    const upkeep = history ? [backups(database, folder, over.signal), exports(client, over.signal)] : [];
    const times = await requests(client, short ? 5000 : 40_000);
    over.abort();
    const [backupsMade = 0, exportsMade = 0] = await Promise.all(upkeep);
    await worker.stop();
    await client.close();
    await server.stop();
    rmSync(folder, { recursive: true });
    return {
      requests: times.length,
      backups: backupsMade,
      exports: exportsMade,
      'p50, ms': quantile(times, 0.5),
      'p99, ms': quantile(times, 0.99),
      'p99.9, ms': quantile(times, 0.999),
    };
  };

export default {
  title: 'Upkeep: requests while the server removes, checkpoints, exports and is backed up',
  unit: 'ms',
  runs: 1,
  contestants: {
    'a new server': { run: under(false) },
    'a long history, upkeep going on': { run: under(true) },
  },
  targets: [
    {
      what: 'p99.9 while upkeep goes on, ms',
      of: (all) => all['a long history, upkeep going on']['p99.9, ms'],
      most: MOST_MS,
    },
  ],
};
