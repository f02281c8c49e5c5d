// BullMQ on a Redis that flushes every write.
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePort, newFolder, start, stop } from '../kit/processes.mjs';

const REDIS = '/usr/bin/redis-server';
const FOLDER = fileURLToPath(new URL('bullmq/', import.meta.url));

export const peer = {
  isInstalled: () => existsSync(REDIS),
  how: 'apt-get install redis-server',
};

/** Jobs a second with `inFlight` of them on their way to `workers` workers. */
export async function rate({ inFlight, workers, ms }) {
  if (!existsSync(`${FOLDER}node_modules`)) {
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], { cwd: FOLDER, stdio: 'ignore' });
  }
  const folder = newFolder();
  const port = await freePort();
  const flags = [
    '--port',
    port,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    '--save',
    '',
  ];
  const redis = await start(REDIS, flags.map(String), { ready: /Ready to accept connections/ });
  const load = await start(process.execPath, [`${FOLDER}load.mjs`, port, inFlight, workers, ms].map(String), {
    ready: /rate (\S+)/,
  });
  await stop(load.child);
  await stop(redis.child);
  rmSync(folder, { recursive: true });
  return Number(load.match[1]);
}
