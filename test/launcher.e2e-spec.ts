import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ROOT } from './checkout.js';
import { allGone, freePort, Launched } from './launched.js';

jest.setTimeout(60_000);

let dataDir: string;
let port: string;
const launches: Launched[] = [];

beforeEach(async () => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'openclaw-launcher-')), 'data');
  port = await freePort();
});
afterEach(async () => {
  for (const launched of launches.splice(0)) await launched.dispose();
  rmSync(join(dataDir, '..'), { recursive: true });
});

function launch(env: Record<string, string> = {}): Launched {
  const launched = new Launched(ROOT, {
    OPENCLAW_DATA_DIR: dataDir,
    WORKER_PORT: port,
    WORKER_SHELL: '/bin/sh',
    ...env,
  });
  launches.push(launched);
  return launched;
}

/** Runs what the banner offers, as a shell does that it is pasted into. */
async function paste(output: string): Promise<Record<string, unknown>> {
  const command = output.match(/^ *(curl .*)$/m)?.[1] ?? '';
  const { stdout } = await promisify(execFile)('bash', ['-c', command]);
  return JSON.parse(stdout);
}

function submit(token: string, command: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/tasks`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ command, timeout: 60_000 }),
  });
}

describe('npm start', () => {
  it('brings up both programs, offers a command that runs as it stands, and ends in order', async () => {
    const launched = launch();
    const output = await launched.up();
    expect(output).toMatch(`http://127.0.0.1:${port}/docs`);
    expect(output).toMatch(/^api {4}\| .*listening/m);
    expect(output).toMatch(/^worker \| .*started/m);
    expect(await paste(output)).toMatchObject({
      status: 'completed',
      stdout: expect.stringMatching(/^hello from .+\n$/),
    });
    const programs = launched.programs();
    expect(programs).toHaveLength(2);

    launched.signal('SIGINT');
    expect(await launched.ended).toBe(0);
    expect(launched.output).toMatch(/Stopped\.\n$/);
    await allGone(programs);
  });

  it('keeps the token that it made, for its user alone, and uses it again', async () => {
    const first = launch();
    await first.up();
    const token = readFileSync(join(dataDir, 'token'), 'utf8').trim();
    expect(token).toMatch(/^ocw_[\w-]{43}$/);
    expect(statSync(join(dataDir, 'token')).mode & 0o777).toBe(0o600);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(first.output).toMatch(token);
    first.signal('SIGTERM');
    expect(await first.ended).toBe(0);

    const second = launch();
    expect(await second.up()).toMatch(token);
  });

  it('takes WORKER_TOKEN as it is, whatever a shell would make of it, and writes none', async () => {
    const launched = launch({ WORKER_TOKEN: `it's-"my"-$HOME-own-token!!` });
    expect(await paste(await launched.up())).toMatchObject({ status: 'completed' });
    expect(() => statSync(join(dataDir, 'token'))).toThrow('ENOENT');
  });

  it('lets running tasks end at the first Ctrl-C and cancels them at the second', async () => {
    const launched = launch();
    await launched.up();
    await submit(readFileSync(join(dataDir, 'token'), 'utf8').trim(), 'exec sleep 50');
    await launched.until('task started');
    await launched.press('Stopping:');
    expect(launched.output).not.toMatch('task ended');
    await launched.press('Cancelling');
    expect(await launched.ended).toBe(0);
    expect(launched.output).toMatch(/task ended .*"status":"cancelled"/);
    expect(launched.output).toMatch(/Stopped\.\n$/);
  });

  it('takes both programs with it when it is killed', async () => {
    const launched = launch();
    await launched.up();
    const programs = launched.programs();
    expect(programs).toHaveLength(2);
    launched.signal('SIGKILL');
    await allGone(programs);
  });

  it('tells what to do when the port is in use', async () => {
    const other = createServer().listen(Number(port), '127.0.0.1');
    await once(other, 'listening');
    try {
      const launched = launch();
      expect(await launched.ended).toBe(1);
      expect(launched.output).toMatch(new RegExp(`^Port ${port} is in use.* set WORKER_PORT`, 'm'));
    } finally {
      other.close();
    }
  });

  it('passes on what a program says of a setting that it refuses', async () => {
    const launched = launch({ WORKER_TAGS: 'x'.repeat(100) });
    expect(await launched.ended).toBe(1);
    expect(launched.output).toMatch(/^worker \| WORKER_TAGS must be/m);
    expect(launched.output).toMatch('The worker ended before it was ready (exit code 1); its last lines are above.');
    expect(launched.output).toMatch(/^api {4}\| .*stopped$/m);
  });

  it('refuses a setting of its own by name', async () => {
    const launched = launch({ WORKER_PORT: '0' });
    expect(await launched.ended).toBe(1);
    expect(launched.output).toMatch(/^WORKER_PORT must be a whole number from 1 to 65535; it is "0"\.$/m);
  });
});
