import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isRunning, pidIn, until } from '../src/testing/processes.js';
import { WORKER_SETTINGS } from '../src/worker-settings.js';
import { BuiltWorker } from './built-worker.js';
import { commandTask, FakeApiServer, type PollCall } from './fake-api-server.js';

const TOKEN = 'the-token-of-this-test';

let server: FakeApiServer;
let home: string;
let workers: BuiltWorker[];
let leaders: number[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'worker-main-'));
  server = await FakeApiServer.start();
  workers = [];
  leaders = [];
});

afterEach(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await Promise.all(workers.map(({ exited }) => exited));
  for (const pid of leaders.filter(isRunning)) process.kill(-pid, 'SIGKILL');
  await server.close();
  await rm(home, { recursive: true, force: true });
  expect(workers.map(({ output }) => output).join()).not.toContain(TOKEN);
});

function start(settings: Record<string, string> = {}, channel = false): BuiltWorker {
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    WORKER_TOKEN: TOKEN,
    WORKER_URL: server.url,
    WORKER_NAME: 'mac',
    WORKER_SHELL: '/bin/sh',
    LOG_LEVEL: 'trace',
    ...settings,
  };
  const worker = new BuiltWorker(env, channel);
  workers.push(worker);
  return worker;
}

/** Hands out a task that tells its process id and then goes on until it is ended; resolves when it runs. */
async function startEndless(poll: PollCall, prelude = ''): Promise<number> {
  const file = join(home, 'pid');
  poll.say({ tasks: [commandTask(`${prelude} echo $$ > '${file}'; while :; do sleep 0.05; done`)] });
  const pid = await pidIn(file);
  leaders.push(pid);
  return pid;
}

describe('starting', () => {
  it('says what has started, and survives a server that is not there', async () => {
    const { port, url } = server;
    await server.close();
    const worker = start({ WORKER_KINDS: 'command', MAX_CONCURRENT: '7' });
    await worker.hasWritten(`cannot reach ${url}: ECONNREFUSED; trying on`);
    expect(worker.output).toContain('"kinds":["command"],"maxConcurrent":7,"msg":"worker mac started"');
    server = await FakeApiServer.start(port);
    (await server.polls.next()).say();
    await worker.hasWritten(`${url} reached again after`);
  });

  it('tells all mistakes in the settings plainly, and ends', async () => {
    const worker = start({ WORKER_TOKEN: 'short', MAX_CONCURRENT: 'many' });
    expect(await worker.exited).toBe(1);
    expect(worker.output.split('\n')).toEqual([
      'The worker cannot start:',
      expect.stringMatching(/^WORKER_TOKEN must be/),
      expect.stringMatching(/^MAX_CONCURRENT must be/),
      '',
    ]);
  });

  it('tells plainly that the shell cannot be run', async () => {
    const worker = start({ WORKER_SHELL: '/no/such/shell' });
    expect(await worker.exited).toBe(1);
    expect(worker.output).toMatch(/^The worker cannot start:\nWORKER_SHELL is "\/no\/such\/shell"[^\n]*\n$/);
  });

  it('does not share its folder with another worker', async () => {
    start();
    await server.polls.next();
    const second = start();
    expect(await second.exited).toBe(1);
    expect(second.output).toMatch(/^The worker cannot start:\nanother worker is using [^\n]*SPOOL_DIR[^\n]*\n$/);
  });

  it('warns when the PATH of the login shell cannot be learnt', async () => {
    await writeFile(join(home, '.profile'), 'exit 9\n');
    await start().hasWritten('tasks keep the PATH of the worker');
  });
});

describe('a task', () => {
  it("sees none of the worker's settings, and the rest of its environment", async () => {
    const settings = Object.fromEntries(WORKER_SETTINGS.map((name) => [name, '']));
    start({ ...settings, WORKER_TOKEN: TOKEN, WORKER_URL: server.url, WORKER_TAGS: 'secret', GREETING: 'hello' });
    (await server.polls.next()).say({ tasks: [commandTask('env')] });
    const [report] = (await server.reports.next()).reports;
    const names = report?.stdout?.split('\n').map((line) => line.split('=')[0] ?? '') ?? [];
    expect(names).toEqual(expect.arrayContaining(['PATH', 'HOME', 'GREETING']));
    expect(names.filter((name) => (WORKER_SETTINGS as readonly string[]).includes(name))).toEqual([]);
    expect(report?.stdout).not.toContain(TOKEN);
  });
});

describe('stopping', () => {
  it('finishes what runs, delivers it, says farewell and ends with 0', async () => {
    const file = join(home, 'go');
    const task = commandTask(`until [ -e '${file}' ]; do sleep 0.01; done; echo done`);
    const worker = start();
    (await server.polls.next()).say({ tasks: [task] });
    const held = await server.polls.next();
    worker.kill('SIGTERM');
    const draining = await server.polls.next();
    expect(await held.ended).toBe('given up');
    expect(draining.body).toMatchObject({ draining: true, max: 0, running: [{ taskId: task.id, attempt: 1 }] });
    await writeFile(file, '');
    const report = await server.reports.next();
    expect(report.reports).toMatchObject([{ taskId: task.id, status: 'completed', stdout: 'done\n' }]);
    report.acknowledge();
    const farewell = await server.polls.next();
    expect(farewell.body).toMatchObject({ draining: true, max: 0, wait: 0, running: [] });
    farewell.say();
    expect(await worker.exited).toBe(0);
  });

  it('cancels what runs at the second signal, and delivers that', async () => {
    const worker = start();
    const pid = await startEndless(await server.polls.next());
    worker.kill('SIGTERM');
    await worker.hasWritten('stopping');
    worker.kill('SIGINT');
    const report = await server.reports.next();
    expect(report.reports).toMatchObject([{ status: 'cancelled', error: 'cancelled: the worker was stopped' }]);
    report.acknowledge();
    (await server.pollThat(({ body }) => body.wait === 0)).say();
    expect(await worker.exited).toBe(0);
    expect(isRunning(pid)).toBe(false);
  });

  it('kills what runs and ends at once at the third signal', async () => {
    const worker = start();
    const pid = await startEndless(await server.polls.next(), "trap '' TERM;");
    worker.kill('SIGTERM');
    await worker.hasWritten('stopping');
    worker.kill('SIGTERM');
    await worker.hasWritten('are cancelled');
    worker.kill('SIGTERM');
    expect(await worker.exited).toBe(1);
    await until(() => !isRunning(pid));
  });

  it('ends with 0 while the server is away', async () => {
    const { url } = server;
    await server.close();
    const worker = start();
    await worker.hasWritten(`cannot reach ${url}`);
    worker.kill('SIGTERM');
    expect(await worker.exited).toBe(0);
    server = await FakeApiServer.start();
  });

  it('drains when the parent process that holds a channel is gone', async () => {
    const worker = start({}, true);
    await server.polls.next();
    worker.disconnect();
    const farewell = await server.polls.next();
    expect(farewell.body).toMatchObject({ draining: true, wait: 0 });
    farewell.say();
    expect(await worker.exited).toBe(0);
  });

  it('ends with 1 when a newer start of the same worker is known', async () => {
    const worker = start();
    (await server.polls.next()).refuse(409, 'worker_superseded', 'generation 9 is known');
    expect(await worker.exited).toBe(1);
    expect(worker.output).toContain('a newer start of worker \\"mac\\" is known');
  });
});

describe('a result', () => {
  it('outlasts the sudden end of the worker, and is delivered by the next start', async () => {
    const task = commandTask('echo kept');
    const worker = start();
    const first = await server.polls.next();
    first.say({ tasks: [task] });
    const unanswered = await server.reports.next();
    worker.kill('SIGKILL');
    expect(await unanswered.ended).toBe('given up');
    await worker.exited;

    start();
    const { body, held } = await server.pollThat(({ body }) => body.worker.generation > first.body.worker.generation);
    expect(body.worker).toMatchObject({ id: first.body.worker.id, generation: first.body.worker.generation + 1 });
    expect(body.seq).toBe(1);
    expect(held).toEqual([`${task.id}/1`]);
    const repeated = await server.reports.next();
    expect(repeated.reports).toEqual(unanswered.reports);
    repeated.acknowledge();
  });
});
