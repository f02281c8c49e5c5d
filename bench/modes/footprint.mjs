// From the start of a program until it is ready, and what it takes in memory when it has nothing to do.
import { Ours, usageOf } from '../kit/processes.mjs';

const REST_MS = 3000;

async function footprint() {
  const server = await Ours.start();
  const began = performance.now();
  const worker = await server.startWorker(0, {});
  server.workers.push(worker);
  const workerReady = performance.now() - began;
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  const results = {
    'API ready, ms': server.readyAfter,
    'worker ready, ms': workerReady,
    'API at rest, MiB': usageOf(server.api.pid).rss,
    'worker at rest, MiB': usageOf(worker.pid).rss,
  };
  await server.stop();
  return results;
}

const limit = (what, most) => ({ what, of: (all) => all.ours[what], most });

export default {
  title: 'Footprint: start and rest',
  unit: 'ms, MiB',
  contestants: { ours: { run: footprint } },
  targets: [
    limit('API ready, ms', 1000),
    limit('worker ready, ms', 700),
    limit('API at rest, MiB', 110),
    limit('worker at rest, MiB', 80),
  ],
};
