// What polls cost that are held and have nothing to do, and how long it takes to wake one.
import { once } from 'node:events';
import { connect } from 'node:net';
import { Client } from '../kit/client.mjs';
import { Ours, TOKEN, usageOf } from '../kit/processes.mjs';
import { quantile } from '../kit/stats.mjs';

const SETTLE_MS = 2000;
const CALM_MS = 5000;

/** A worker's poll as bytes on a connection of its own; resolves with the time when its answer comes. */
async function held(port, n) {
  const body = JSON.stringify({
    worker: {
      name: `idle-${n}`,
      id: `0199d4a8-7c3e-7b2a-8f64-${String(n).padStart(12, '0')}`,
      generation: 1,
      maxConcurrent: 1,
    },
    seq: 1,
    max: 1,
    running: [],
    wait: 60_000,
  });
  const socket = connect(Number(port), '127.0.0.1').setNoDelay();
  await once(socket, 'connect');
  const head = `POST /worker/poll HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json`;
  socket.write(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const answered = once(socket, 'data').then(() => performance.now());
  return { socket, answered };
}

const polls = (count) => ({
  async run({ short }) {
    const server = await Ours.start();
    const client = new Client(server.url);
    const { port } = new URL(server.url);
    await client.get('/health');
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const empty = usageOf(server.api.pid);
    const lines = [];
    for (let n = 0; n < count; n += 1) lines.push(await held(port, n));
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const before = usageOf(server.api.pid);
    await new Promise((resolve) => setTimeout(resolve, CALM_MS));
    const calm = usageOf(server.api.pid);
    const woken = [];
    for (let n = 0; n < (short ? 50 : 200); n += 1) {
      const began = performance.now();
      await client.post('/tasks', { command: 'true', worker: `idle-${n}` });
      woken.push((await lines[n].answered) - began);
    }
    for (const { socket } of lines) socket.destroy();
    await client.close();
    await server.stop();
    return {
      'KiB a poll': ((before.rss - empty.rss) * 1024) / count,
      'CPU, %': ((calm.cpu - before.cpu) / CALM_MS) * 100_000,
      'wake p50, ms': quantile(woken, 0.5),
      'wake p99, ms': quantile(woken, 0.99),
    };
  },
});

const MIDDLE = '5,000 held polls';
const limit = (figure, most) => ({ what: `${MIDDLE}: ${figure}`, of: (all) => all[MIDDLE][figure], most });

export default {
  title: 'Idle: polls that are held',
  unit: 'KiB, %, ms',
  contestants: { '1,000 held polls': polls(1000), [MIDDLE]: polls(5000), '10,000 held polls': polls(10_000) },
  targets: [limit('KiB a poll', 16), limit('CPU, %', 1), limit('wake p50, ms', 4)],
};
