// How long a caller waits for the result of `true`: through our programs with a real worker, one task at a time and many
// side by side; over a multiplexed OpenSSH connection; through the 500 ms poller; and in a bare shell, the floor.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Client } from '../kit/client.mjs';
import { Ours } from '../kit/processes.mjs';
import { quantile, timeEach } from '../kit/stats.mjs';
import * as openssh from '../peers/openssh.mjs';
import * as poller from '../peers/poller.mjs';

const inMs = (times) => ({ p50: quantile(times, 0.5), p90: quantile(times, 0.9), p99: quantile(times, 0.99) });

async function ours({ short }) {
  const server = await Ours.start({ workers: 1, workerEnv: { MAX_CONCURRENT: '50' } });
  const client = new Client(server.url);
  const run = async () => {
    const { status } = await client.post('/tasks?wait=60000', { command: 'true' });
    if (status !== 'completed') throw new Error(`the task ended as ${status}`);
  };
  await timeEach(50, 1, run);
  const results = {};
  for (const lanes of [1, 10, 50]) {
    const count = (short ? 100 : 400) * (lanes === 1 ? 1 : 3);
    for (const [name, value] of Object.entries(inMs(await timeEach(count, lanes, run)))) {
      results[`${lanes} in flight, ${name}`] = value;
    }
  }
  await client.close();
  await server.stop();
  return results;
}

async function overSsh({ short }) {
  const peer = await openssh.open();
  await timeEach(10, 1, peer.run);
  const results = inMs(await timeEach(short ? 50 : 200, 1, peer.run));
  await peer.close();
  return results;
}

async function throughPoller({ short }) {
  const peer = await poller.open({ workers: 1, runs: true });
  const results = inMs(await timeEach(short ? 5 : 20, 1, peer.run));
  await peer.close();
  return results;
}

async function bareShell({ short }) {
  const run = () =>
    once(spawn('/bin/sh', ['-c', 'true'], { stdio: ['ignore', 'pipe', 'pipe'], detached: true }), 'close');
  await timeEach(20, 1, run);
  return inMs(await timeEach(short ? 100 : 400, 1, run));
}

export default {
  title: 'Latency: submit to result of `true`',
  unit: 'ms',
  contestants: {
    ours: { run: ours },
    'OpenSSH, multiplexed': { run: overSsh, peer: openssh.peer },
    'poller, 500 ms': { run: throughPoller },
    'a bare shell': { run: bareShell },
  },
  targets: [
    {
      what: 'p50, one in flight, against multiplexed OpenSSH',
      of: (all) => all.ours['1 in flight, p50'] / all['OpenSSH, multiplexed'].p50,
      most: 0.7,
    },
    {
      what: 'p50 against the 500 ms poller',
      of: (all) => all.ours['1 in flight, p50'] / all['poller, 500 ms'].p50,
      most: 1 / 60,
    },
  ],
};
