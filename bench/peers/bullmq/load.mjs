// A producer and workers of BullMQ in one process: it prints how many jobs a second came to their end.
import { Queue, QueueEvents, Worker } from 'bullmq';
import { rateOf } from '../../kit/stats.mjs';

const [port, inFlight, workers, ms] = process.argv.slice(2).map(Number);
const connection = { host: '127.0.0.1', port };
const queue = new Queue('bench', { connection });
const events = new QueueEvents('bench', { connection });
await events.waitUntilReady();
const crew = Array.from({ length: workers }, () => new Worker('bench', async () => 'done', { connection }));
await Promise.all(crew.map((worker) => worker.waitUntilReady()));
const rate = await rateOf(inFlight, ms, async () => {
  const job = await queue.add('task', { command: 'true' }, { removeOnComplete: 1000 });
  await job.waitUntilFinished(events);
});
console.log(`rate ${rate}`);
await Promise.all(crew.map((worker) => worker.close()));
await events.close();
await queue.close();
