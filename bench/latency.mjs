// How long a caller waits for `true` on the worker: submit → commit → worker → shell → report → commit → answer, through
// the real programs on this machine, one task at a time. The bare shell is timed in turns with it, block by block, as the
// floor that no queue can go below.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';

const RUNS = Number(process.argv[2] ?? 500);
const BLOCK = 50;
const TOKEN = 'bench-kV7pQ2mX9sT4wZ6r';
const SHELL = '/bin/sh';
const folder = mkdtempSync(join(tmpdir(), 'bench-'));

function start(program, env) {
  const script = fileURLToPath(new URL(`../dist/apps/${program}/main.js`, import.meta.url));
  const child = spawn(process.execPath, [script], {
    env: { PATH: process.env.PATH, HOME: folder, WORKER_TOKEN: TOKEN, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { child, log: createInterface({ input: child.stdout }) };
}

async function stop({ child }) {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

const api = start('api', {
  WORKER_PORT: '0',
  DATABASE_URL: `file:${join(folder, 'bench.db')}`,
  RATE_LIMIT_PER_MINUTE: '0',
});
let url;
for await (const line of api.log) {
  url = line.match(/listening on (http:\/\/[^"]+)/)?.[1];
  if (url) break;
}
const worker = start('worker', { WORKER_URL: url, SPOOL_DIR: join(folder, 'spool'), WORKER_SHELL: SHELL });

async function throughTheQueue() {
  const { body } = await request(`${url}/tasks?wait=60000`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
    body: '{"command":"true"}',
  });
  const { status } = await body.json();
  if (status !== 'completed') throw new Error(`the task ended as ${status}`);
}

async function bareShell() {
  await once(spawn(SHELL, ['-c', 'true'], { stdio: ['ignore', 'pipe', 'pipe'], detached: true }), 'close');
}

async function timed(run) {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

async function block(run, times) {
  for (let n = 0; n < BLOCK; n++) times.push(await timed(run));
}

const queue = [];
const shell = [];
await block(throughTheQueue, []);
while (queue.length < RUNS) {
  await block(throughTheQueue, queue);
  await block(bareShell, shell);
}
await stop(worker);
await stop(api);
rmSync(folder, { recursive: true });

const quantile = (times, q) => times.toSorted((a, b) => a - b)[Math.floor(times.length * q)];
const row = (name, times) =>
  [name.padEnd(28), ...[0.5, 0.9, 0.99].map((q) => quantile(times, q).toFixed(2).padStart(8))].join(' ');
console.log(
  `${queue.length} runs of \`true\`, one at a time; Node ${process.version}, ${cpus().length} × ${cpus()[0].model}`,
);
console.log(`${'milliseconds'.padEnd(28)}      p50      p90      p99`);
console.log(row('submit → result', queue));
console.log(row(`spawn of ${SHELL} -c true`, shell));
console.log(`ratio of the medians: ${(quantile(queue, 0.5) / quantile(shell, 0.5)).toFixed(1)} ×`);
