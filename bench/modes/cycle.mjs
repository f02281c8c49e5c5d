// Durable cycles a second: submit, claim, report, fetch, with 50 tasks on their way and 8 workers that poll.
import { BatchWorker, Client, SimpleWorker } from '../kit/client.mjs';
import { Ours, usageOf } from '../kit/processes.mjs';
import { rateOf } from '../kit/stats.mjs';
import * as beanstalkd from '../peers/beanstalkd.mjs';
import * as emptyNest from '../peers/empty-nest.mjs';
import * as poller from '../peers/poller.mjs';
import * as bullmq from '../peers/redis-bullmq.mjs';

const IN_FLIGHT = 50;
const WORKERS = 8;
const BULK = 50;
const TASK = { command: 'true' };

/** @param {(client: Client) => {stop(): Promise<void>}} newWorker @param {(client: Client) => Promise<number | void>} cycle */
async function measured({ short }, newWorker, lanes, cycle) {
  const server = await Ours.start();
  const client = new Client(server.url, 160);
  const workers = Array.from({ length: WORKERS }, (_, n) => newWorker(client, n));
  const before = usageOf(server.api.pid);
  const began = performance.now();
  const rate = await rateOf(lanes, short ? 2000 : 8000, () => cycle(client));
  const after = usageOf(server.api.pid);
  const seconds = (performance.now() - began) / 1000;
  await Promise.all(workers.map((worker) => worker.stop()));
  await client.close();
  await server.stop();
  return { 'cycles/s': rate, 'server CPU, %': ((after.cpu - before.cpu) / seconds) * 100, 'server MiB': after.rss };
}

const simple = (options) =>
  measured(
    options,
    (client) => new SimpleWorker(client),
    IN_FLIGHT,
    async (client) => {
      const { taskId } = await client.post('/tasks', TASK);
      await client.get(`/tasks/${taskId}?wait=30000`);
    },
  );

const submitAndWait = (options) =>
  measured(
    options,
    (client, n) => new BatchWorker(client, n, IN_FLIGHT),
    IN_FLIGHT,
    async (client) => {
      await client.post('/tasks?wait=30000', TASK);
    },
  );

const bulks = (options) =>
  measured(
    options,
    (client, n) => new BatchWorker(client, n, BULK),
    4,
    async (client) => {
      const { tasks } = await client.post('/tasks/batch?wait=30000', { tasks: Array(BULK).fill(TASK) });
      return tasks.length;
    },
  );

const rateOfPeer =
  (rate) =>
  async ({ short }) => ({
    'cycles/s': await rate({ inFlight: IN_FLIGHT, workers: WORKERS, ms: short ? 2000 : 8000 }),
  });

async function throughPoller({ short }) {
  const opened = await poller.open({ workers: WORKERS, runs: false });
  const rate = await rateOf(IN_FLIGHT, short ? 3000 : 8000, opened.run);
  await opened.close();
  return { 'cycles/s': rate };
}

export default {
  title: 'Cycles: submit, claim, report, fetch, with 50 in flight and 8 workers that poll',
  unit: 'cycles/s',
  contestants: {
    'ours, four simple calls': { run: simple },
    'ours, submit and wait': { run: submitAndWait },
    'ours, bulks of 50': { run: bulks },
    'a Nest route that does nothing, four calls': { run: rateOfPeer(emptyNest.rate) },
    'poller, 500 ms': { run: throughPoller },
    'BullMQ, fsync always': { run: rateOfPeer(bullmq.rate), peer: bullmq.peer },
    'beanstalkd, fsync always': { run: rateOfPeer(beanstalkd.rate), peer: beanstalkd.peer },
  },
  targets: [
    ['four simple calls, against the poller', 'ours, four simple calls', 'poller, 500 ms', 10],
    ['submit and wait, against BullMQ', 'ours, submit and wait', 'BullMQ, fsync always', 2],
    ['bulks of 50, against beanstalkd', 'ours, bulks of 50', 'beanstalkd, fsync always', 2],
  ].map(([what, mine, theirs, least]) => ({
    what,
    of: (all) => all[mine]['cycles/s'] / all[theirs]['cycles/s'],
    least,
  })),
};
