import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Installation } from './programs.js';

let here: Installation;
beforeEach(() => {
  here = new Installation();
});
afterEach(() => here.end());

const ended = (taskId: string) => here.call('GET', `/tasks/${taskId}?wait=60000`);

describe('what was acknowledged', () => {
  it('is there again after the server was killed, and runs', async () => {
    const api = await here.startApi();
    const submitted = await Promise.all(
      Array.from({ length: 20 }, (_, n) => here.call('POST', '/tasks', { command: `echo ${n}` })),
    );
    await api.end('SIGKILL');
    await here.startApi();
    await here.startWorker();
    const records = await Promise.all(submitted.map(({ taskId }) => ended(taskId)));
    expect(records.map(({ status, stdout }) => `${status} ${stdout}`)).toEqual(
      submitted.map((_, n) => `completed ${n}\n`),
    );
  });

  it('is readable by its owner only', async () => {
    await here.startApi();
    const mode = (name: string) => statSync(join(here.folder, 'data', name)).mode & 0o777;
    expect([mode('openclaw.db'), mode('openclaw.db-wal'), mode('')]).toEqual([0o600, 0o600, 0o700]);
  });
});

describe('a task that runs while the server is killed', () => {
  it('is not started twice, and its result arrives', async () => {
    const api = await here.startApi();
    await here.startWorker();
    const once = join(here.folder, 'ran');
    const gate = join(here.folder, 'gate');
    const command = `echo ran >> ${once}; mkfifo ${gate}; echo waiting; cat ${gate}`;
    const { taskId } = await here.call('POST', '/tasks', { command });
    const { taskId: second } = await here.call('POST', '/tasks', {
      command: `until test -p ${gate}; do sleep 0.05; done; echo ready`,
    });
    await ended(second);
    await api.end('SIGKILL');
    await here.startApi();
    expect(await here.run('/tasks', { command: `echo opened > ${gate}` })).toMatchObject({ status: 'completed' });
    expect(await ended(taskId)).toMatchObject({ status: 'completed', attempt: 1, stdout: 'waiting\nopened\n' });
    expect(readFileSync(once, 'utf8')).toBe('ran\n');
  });
});

describe('a task that runs while its worker is killed', () => {
  it('is lost, not run again, when the worker comes back', async () => {
    await here.startApi();
    const worker = await here.startWorker();
    const { taskId } = await here.call('POST', '/tasks', { command: 'echo $$; exec sleep 5' });
    await worker.line(/task started/);
    // The worker has the task: its next poll, which lists it, wakes this server before the worker dies.
    await worker.end('SIGKILL');
    await here.startWorker();
    expect(await ended(taskId)).toMatchObject({ status: 'lost', attempt: 1, worker: 'test-worker' });
  });
});

describe('the server', () => {
  it('ends in order on SIGTERM while a poll and a client are held', async () => {
    const api = await here.startApi();
    await here.startWorker();
    const { taskId } = await here.call('POST', '/tasks', { command: 'sleep 2' });
    const waiting = ended(taskId);
    while ((await here.call('GET', `/tasks/${taskId}`)).status !== 'running') await new Promise(setImmediate);
    expect(await api.end()).toEqual({ code: 0, signal: null });
    expect(await waiting).toMatchObject({ status: 'running', message: 'Result not ready yet' });
    expect(api.lines.at(-1)).toContain('stopped');
  });

  it('ends though nobody reads its output any more', async () => {
    const api = await here.startApi();
    const worker = await here.startWorker();
    api.stopReading();
    worker.stopReading();
    await here.run('/tasks', { command: 'true' });
    expect(await worker.end()).toEqual({ code: 0, signal: null });
    expect(await api.end()).toEqual({ code: 0, signal: null });
  });

  it('names what is wrong with its settings, and its database', async () => {
    const api = await here.startApi();
    const told = async (env: Record<string, string>) => {
      const error = await here.startApi(env).catch(({ message }) => message);
      return String(error);
    };
    expect(await told({ WORKER_TOKEN: 'short' })).toContain('WORKER_TOKEN must have at least 16 characters');
    expect(await told({})).toContain('is in use by another server');
    expect(await told({ DATABASE_URL: `file:${here.folder}/other.db` })).toContain('EADDRINUSE');
    await api.end();
  });
});
