import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LIMITS } from '#contracts';
import { BuiltWorker } from './built-worker.js';
import { commandTask, FakeApiServer } from './fake-api-server.js';

let server: FakeApiServer;
let home: string;
let workers: BuiltWorker[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'worker-artifacts-'));
  server = await FakeApiServer.start();
  workers = [];
});

afterEach(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await Promise.all(workers.map(({ exited }) => exited));
  await server.close();
  await rm(home, { recursive: true, force: true });
});

function start(settings: Record<string, string> = {}): BuiltWorker {
  const env = { PATH: process.env.PATH ?? '', HOME: home, WORKER_TOKEN: 'the-token-of-this-test' };
  const worker = new BuiltWorker({
    ...env,
    WORKER_URL: server.url,
    WORKER_SHELL: '/bin/sh',
    WORKER_NAME: 'mac',
    ...settings,
  });
  workers.push(worker);
  return worker;
}

describe('the files of a task', () => {
  it('are there before its report, and hold no place meanwhile', async () => {
    const task = commandTask(
      'echo content > report.txt; echo "SCREENSHOT: $PWD/shot.png"; printf png > shot.png; exit 1',
      {
        artifacts: ['*.txt', 'missing.txt'],
      },
    );
    start({ MAX_CONCURRENT: '1' });
    (await server.polls.next()).say({ tasks: [task] });
    const shot = await server.announcements.next();
    expect(shot.body).toMatchObject({ taskId: task.id, attempt: 1, name: 'shot.png', contentType: 'image/png' });
    const held = await server.pollThat(({ body }) => body.max === 1);
    expect(held.held).toEqual([`${task.id}/1`]);
    shot.place('shot');
    const image = await server.pieces.next();
    expect([image.range, image.body.toString()]).toEqual(['bytes 0-2/3', 'png']);
    image.take();
    (await server.announcements.next()).place('text');
    const text = await server.pieces.next();
    expect(text.body.toString()).toBe('content\n');
    expect(server.reports.size).toBe(0);
    text.take();
    const [report] = (await server.reports.next()).reports;
    expect(report).toMatchObject({ status: 'failed', metadata: { artifactProblems: [{ path: 'missing.txt' }] } });
  });

  it('outlast the sudden end of the worker, and go on from where they have come to', async () => {
    const size = LIMITS.artifacts.pieceBytes + 1000;
    const task = commandTask(`head -c ${size} /dev/urandom > large`, { artifacts: ['large'] });
    const worker = start();
    (await server.polls.next()).say({ tasks: [task] });
    (await server.announcements.next()).place('large');
    const first = await server.pieces.next();
    worker.kill('SIGKILL');
    await worker.exited;

    start();
    const { held } = await server.pollThat(({ body }) => body.worker.generation === 2);
    expect(held).toEqual([`${task.id}/1`]);
    (await server.announcements.next()).place('large', first.body.length);
    const rest = await server.pieces.next();
    expect(rest.range).toBe(`bytes ${first.body.length}-${size - 1}/${size}`);
    expect(Buffer.concat([first.body, rest.body]).equals(await readFile(join(home, 'large')))).toBe(true);
    rest.take();
    expect((await server.reports.next()).reports).toMatchObject([{ taskId: task.id, status: 'completed' }]);
  });

  it('that vanish before they were uploaded are told in the report', async () => {
    const task = commandTask('echo x > short-lived', { artifacts: ['short-lived'] });
    start();
    (await server.polls.next()).say({ tasks: [task] });
    (await server.announcements.next()).hangUp();
    await rm(join(home, 'short-lived'));
    (await server.announcements.next()).place('id');
    const again = (await server.reports.next()).reports;
    expect(again).toMatchObject([
      { status: 'completed', metadata: { artifactProblems: [{ path: join(home, 'short-lived') }] } },
    ]);
  });

  it('are dropped with an attempt that the server went on without', async () => {
    const task = commandTask('echo x > file', { artifacts: ['file'] });
    start();
    (await server.polls.next()).say({ tasks: [task] });
    const announcement = await server.announcements.next();
    (await server.pollThat(({ held }) => held.length > 0)).say({
      stale: [{ taskId: task.id, attempt: 1 }],
    });
    expect(await announcement.ended).toBe('given up');
    expect((await server.pollThat(({ held }) => held.length === 0)).body.max).toBe(3);
    expect(server.reports.size).toBe(0);
  });
});
