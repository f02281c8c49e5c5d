// How long a claim takes when so many tasks wait: a poll of a worker that takes one.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '../kit/client.mjs';
import { filledStorage, fillTasks } from '../kit/fill.mjs';
import { newFolder, Ours } from '../kit/processes.mjs';
import { quantile, timeEach } from '../kit/stats.mjs';

const waiting = (count) => ({
  async run({ short }) {
    const folder = newFolder();
    const database = join(folder, 'backlog.db');
    filledStorage(database, (connection) => fillTasks(connection, count, { pending: true })).close();
    const server = await Ours.start({ database, env: { MAX_PENDING: '10000000' } });
    const client = new Client(server.url);
    const claim = async () => {
      if (!(await client.get('/worker/poll?wait=0'))) throw new Error('nothing to claim');
    };
    await timeEach(20, 1, claim);
    const times = await timeEach(short ? 200 : 900, 1, claim);
    await client.close();
    await server.stop();
    rmSync(folder, { recursive: true });
    return { 'p50, ms': quantile(times, 0.5), 'p99, ms': quantile(times, 0.99) };
  },
});

const NAMES = ['1,000 waiting', '100,000 waiting', '1,000,000 waiting'];

export default {
  title: 'Backlog: a claim while many wait',
  unit: 'ms',
  contestants: Object.fromEntries([1000, 100_000, 1_000_000].map((count, index) => [NAMES[index], waiting(count)])),
  targets: [
    {
      what: 'claim p99, a million waiting against a thousand',
      of: (all) => all[NAMES[2]]['p99, ms'] / all[NAMES[0]]['p99, ms'],
      most: 1.5,
    },
  ],
};
