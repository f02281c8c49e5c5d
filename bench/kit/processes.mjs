import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Of Linux: how many ticks /proc counts in a second. */
const TICKS = 100;

export const TOKEN = 'bench-kV7pQ2mX9sT4wZ6rkV7pQ2mX9s';

export const newFolder = () => mkdtempSync(join(tmpdir(), 'bench-'));

/** A port of 127.0.0.1 that is free now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a program and waits for a line of its output that matches; answers the child and the match. */
export async function start(command, args, { env = {}, ready }) {
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const lines = [];
  const readers = [child.stdout, child.stderr].map((input) => createInterface({ input }));
  const match = await new Promise((resolve, reject) => {
    for (const reader of readers) {
      reader.on('line', (line) => {
        lines.push(line);
        const found = line.match(ready);
        if (found) resolve(found);
      });
    }
    ended.then(() => reject(new Error(`${command} ended before it was ready:\n${lines.join('\n')}`)));
  });
  // What it prints from now on is thrown away unread: reading it would be part of what is measured.
  for (const reader of readers) reader.close();
  for (const stream of [child.stdout, child.stderr]) stream.resume();
  return { child, match };
}

/** For a program that says nothing when it is ready: waits until its port takes connections. */
export async function startOn(port, command, args) {
  const child = spawn(command, args, { stdio: 'ignore' });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const opened = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (opened) return child;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** CPU seconds since its start, and MiB of memory now, of a process; of those of its children that still run, too. */
export function usageOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [, kib] = readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/) ?? [];
  return { cpu: (Number(fields[11]) + Number(fields[12])) / TICKS, rss: Number(kib) / 1024 };
}

/** BENCH_PROFILE=folder has the server write CPU profiles there. */
const { BENCH_PROFILE } = process.env;
const PROFILING = BENCH_PROFILE ? ['--cpu-prof', '--cpu-prof-dir', BENCH_PROFILE] : [];

const program = (name) => fileURLToPath(new URL(`../../dist/apps/${name}/main.js`, import.meta.url));

/** Our server, and as many real workers as are asked for, on a folder of their own. */
export class Ours {
  /** @param {{workers?: number, env?: object, workerEnv?: object, database?: string}} options */
  static async start({ workers = 0, env = {}, workerEnv = {}, database } = {}) {
    const ours = new Ours();
    ours.folder = newFolder();
    const began = performance.now();
    const api = await start(process.execPath, [...PROFILING, program('api')], {
      env: {
        WORKER_TOKEN: TOKEN,
        WORKER_PORT: '0',
        RATE_LIMIT_PER_MINUTE: '1000000000',
        DATABASE_URL: `file:${database ?? join(ours.folder, 'bench.db')}`,
        ...env,
      },
      ready: /listening on (http:\/\/127\.0\.0\.1:\d+)/,
    });
    ours.readyAfter = performance.now() - began;
    ours.api = api.child;
    ours.url = api.match[1];
    ours.workers = [];
    for (let n = 0; n < workers; n += 1) ours.workers.push(await ours.startWorker(n, workerEnv));
    return ours;
  }

  async startWorker(n, env) {
    const { child } = await start(process.execPath, [program('worker')], {
      env: {
        WORKER_TOKEN: TOKEN,
        WORKER_URL: this.url,
        WORKER_NAME: `bench-${n}`,
        WORKER_SHELL: '/bin/sh',
        HOME: this.folder,
        SPOOL_DIR: join(this.folder, `spool-${n}`),
        ...env,
      },
      ready: /registered with the server/,
    });
    return child;
  }

  async stop() {
    for (const worker of this.workers) await stop(worker);
    await stop(this.api);
    rmSync(this.folder, { recursive: true });
  }
}
