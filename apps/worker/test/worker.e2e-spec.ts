import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClaimLoop, type LoopEnd } from '../src/claim-loop.js';
import { loadConfig } from '../src/config.js';
import { ManualPacing } from '../src/testing/manual-pacing.js';
import { memoryLog } from '../src/testing/memory-log.js';
import { pidIn, until } from '../src/testing/processes.js';
import { WorkerModule } from '../src/worker.module.js';
import { commandTask, FakeApiServer } from './fake-api-server.js';

const TOKEN = 'the-token-of-this-test';

let server: FakeApiServer;
let home: string;
let pacing: ManualPacing;
let log: ReturnType<typeof memoryLog>;
let app: INestApplicationContext | undefined;
let ended: Promise<LoopEnd>;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'worker-'));
  server = await FakeApiServer.start();
  pacing = new ManualPacing(1);
  log = memoryLog();
});

afterEach(async () => {
  app?.get(ClaimLoop).drain();
  app?.get(ClaimLoop).cancelAll('the test is over');
  await server.close();
  void pacing.sleeps.passOn((sleep) => sleep.pass());
  await ended;
  await app?.close();
  app = undefined;
  await rm(home, { recursive: true, force: true });
  expect(log.lines.join()).not.toContain(TOKEN);
});

async function startWorker(settings: Record<string, string> = {}): Promise<void> {
  const env = { WORKER_TOKEN: TOKEN, WORKER_NAME: 'mac', WORKER_URL: server.url, SPOOL_DIR: join(home, 'spool') };
  const config = loadConfig({ ...env, ...settings });
  const shell = { path: '/bin/sh', env: { PATH: process.env.PATH ?? '' }, warning: null };
  const module = WorkerModule.for({ config, shell, logger: log.logger, pacing });
  app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  ended = app.get(ClaimLoop).run();
}

/** A command that ends when the test writes the file. */
const waitsFor = (file: string) => `until [ -e '${file}' ]; do sleep 0.01; done`;

describe('a worker', () => {
  it('introduces itself', async () => {
    await startWorker({ WORKER_TAGS: 'gpu,linux', WORKER_KINDS: 'command', MAX_CONCURRENT: '2' });
    const { worker } = (await server.polls.next()).body;
    expect(worker).toEqual({
      name: 'mac',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      generation: 1,
      hostname: expect.any(String),
      platform: `${process.platform} ${process.arch}`,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      tags: ['gpu', 'linux'],
      kinds: ['command'],
      maxConcurrent: 2,
    });
  });

  it('takes as many tasks as it has places for, runs them together, and reports each', async () => {
    const file = join(home, 'go');
    const quick = commandTask('echo quick');
    const slow = [
      commandTask(`${waitsFor(file)}; echo slow`),
      commandTask(`${waitsFor(file)}; echo slower >&2; exit 4`),
    ];
    await startWorker();
    const first = await server.polls.next();
    expect(first.body.max).toBe(3);
    first.say({ tasks: [quick, ...slow] });
    const full = await server.polls.next();
    expect(full.body.max).toBe(0);
    expect(full.held).toEqual([quick, ...slow].map(({ id }) => `${id}/1`));

    const report = await server.reports.next();
    expect(report.reports).toMatchObject([{ taskId: quick.id, status: 'completed', stdout: 'quick\n', exitCode: 0 }]);
    report.acknowledge();
    const next = await server.pollThat(({ body }) => body.max === 1);
    expect(await full.ended).toBe('given up');
    expect(next.held).toEqual(expect.arrayContaining(slow.map(({ id }) => `${id}/1`)));

    await writeFile(file, '');
    const reported = new Map();
    while (reported.size < 2) {
      const further = await server.reports.next();
      for (const one of further.reports) reported.set(one.taskId, one);
      further.acknowledge();
    }
    expect(reported.get(slow[0]?.id)).toMatchObject({ status: 'completed', stdout: 'slow\n' });
    expect(reported.get(slow[1]?.id)).toMatchObject({ status: 'failed', stderr: 'slower\n', exitCode: 4 });
  });

  it('lists a task from the next poll on until its report is acknowledged', async () => {
    const task = commandTask('true');
    await startWorker();
    (await server.polls.next()).say({ tasks: [task] });
    const report = await server.reports.next();
    const listing = await server.polls.next();
    expect(listing.held).toEqual([`${task.id}/1`]);
    listing.say({ drain: true });
    const again = await server.polls.next();
    expect(again.held).toEqual([`${task.id}/1`]);
    report.acknowledge();
    await report.ended;
    await until(
      () =>
        !existsSync(join(home, 'spool', 'spool', `${task.id}.1.json`)) &&
        log.messages('debug').some((message) => message === 'report acknowledged'),
    );
    again.say({ drain: false });
    expect((await server.polls.next()).held).toEqual([]);
  });

  it('does not list what it was handed in an answer that was lost on the way', async () => {
    await startWorker();
    (await server.polls.next()).hangUp('within the answer');
    (await pacing.sleeps.next()).pass();
    const next = await server.polls.next();
    expect(next.body).toMatchObject({ seq: 2, max: 3, running: [] });
    const task = commandTask('echo again', { attempt: 2 });
    next.say({ tasks: [task] });
    expect((await server.reports.next()).reports).toMatchObject([{ taskId: task.id, attempt: 2, stdout: 'again\n' }]);
  });

  it('ends the processes of a task that is cancelled, and reports it as cancelled', async () => {
    const file = join(home, 'pid');
    const task = commandTask(`echo $$ > '${file}'; exec sleep 600`);
    await startWorker();
    (await server.polls.next()).say({ tasks: [task] });
    await pidIn(file);
    (await server.polls.next()).say({ cancel: [{ taskId: task.id, attempt: 1 }] });
    expect((await server.polls.next()).body.running).toEqual([{ taskId: task.id, attempt: 1, cancelling: true }]);
    expect((await server.reports.next()).reports).toMatchObject([
      { status: 'cancelled', signal: 'SIGTERM', exitCode: null, error: 'cancelled on request' },
    ]);
  });

  it('survives a server that goes and comes back, and tells it in two lines', async () => {
    await startWorker();
    (await server.polls.next()).say({ tasks: [commandTask('true')] });
    const lost = await server.reports.next();
    await server.polls.next();
    const { port, url } = server;
    await server.close();
    expect(await lost.ended).toBe('given up');
    await until(() => log.messages('warn').length > 0);
    server = await FakeApiServer.start(port);
    void pacing.sleeps.passOn((sleep) => sleep.pass());

    const repeated = await server.reports.next();
    expect(repeated.reports).toEqual(lost.reports);
    repeated.acknowledge();
    (await server.polls.next()).say({ drain: true });
    await server.polls.next();
    await until(() => log.messages('info').some((message) => message.includes('reached again')));
    expect(log.messages('warn')).toEqual([expect.stringMatching(`^cannot reach ${url}: .*; trying on$`)]);
    expect(log.messages('info').filter((message) => message.includes('reached again'))).toHaveLength(1);
  });

  it('explains a token that the server does not accept, once, and tries on', async () => {
    await startWorker();
    for (const _try of [1, 2]) {
      (await server.polls.next()).refuse(401, 'unauthorized', 'a valid token is needed');
      const pause = await pacing.sleeps.next();
      expect(pause.ms).toBe(30_000);
      pause.pass();
    }
    (await server.polls.next()).say({ tasks: [commandTask('true')] });
    await server.reports.next();
    const [message, ...more] = log.messages('error');
    expect(more).toEqual([]);
    expect(message).toContain(`${server.url} does not accept this worker's token (HTTP 401: a valid token is needed)`);
    expect(message).toContain('compare WORKER_TOKEN');
  });

  it('puts a minimal report in the place of one that the server refuses', async () => {
    const task = commandTask('echo odd');
    await startWorker();
    (await server.polls.next()).say({ tasks: [task] });
    (await server.reports.next()).answer(413, '<html>Request Entity Too Large</html>');
    const minimal = await server.reports.next();
    expect(minimal.body).toMatchObject({
      taskId: task.id,
      attempt: 1,
      status: 'completed',
      error: 'the server refused the full report: HTTP 413',
    });
    expect(minimal.body.stdout).toBeUndefined();
    minimal.acknowledge();
  });

  it('has a report on disk before the server gets it', async () => {
    const task = commandTask('echo kept');
    await startWorker();
    (await server.polls.next()).say({ tasks: [{ ...task, id: '01890a5d-ac96-774b-bcce-b302099a8057' }] });
    await server.reports.next();
    const kept = await readFile(join(home, 'spool', 'spool', '01890a5d-ac96-774b-bcce-b302099a8057.1.json'), 'utf8');
    expect(kept).toContain('kept');
  });

  it('runs nothing of a kind that it does not offer', async () => {
    await startWorker({ WORKER_KINDS: 'file-read' });
    (await server.polls.next()).say({ tasks: [commandTask('true')] });
    expect((await server.reports.next()).reports).toMatchObject([
      { status: 'failed', error: expect.stringContaining('this worker does no "command" tasks') },
    ]);
  });
});
