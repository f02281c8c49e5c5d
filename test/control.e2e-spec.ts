import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isRunning } from '../apps/worker/src/testing/processes.js';
import { Installation } from './programs.js';

const here = new Installation();
beforeAll(async () => {
  await here.installClaude();
  await here.startApi();
  await here.startWorker({ WORKER_TAGS: 'home,gpu' });
});
afterAll(() => here.end());

/** Resolves once the record of the task says so. */
async function until(id: string, says: (record: { status: string; [field: string]: unknown }) => boolean) {
  for (;;) {
    const record = await here.call('GET', `/tasks/${id}`);
    if (says(record)) return record;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('cancel', () => {
  it('ends a running command with its children', async () => {
    const file = join(here.folder, 'pids');
    const command = `sleep 600 & echo "$$ $!" > ${file}.tmp; mv ${file}.tmp ${file}; wait`;
    const { taskId } = await here.call('POST', '/tasks', { command, timeout: 600_000 });
    await until(taskId, ({ status }) => status === 'running');
    let pids: number[] = [];
    while (pids.length < 2) {
      pids = numbersIn(file);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await here.call('POST', `/tasks/${taskId}/cancel`)).toMatchObject({ status: 'running' });
    const record = await here.call('GET', `/tasks/${taskId}?wait=60000`);
    expect(record).toMatchObject({ status: 'cancelled', cancelRequestedAt: expect.any(Number) });
    expect(pids.filter(isRunning)).toEqual([]);
  });
});

function numbersIn(file: string): number[] {
  try {
    return readFileSync(file, 'utf8').trim().split(' ').map(Number);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

describe('a further attempt', () => {
  it('runs until one succeeds', async () => {
    const count = join(here.folder, 'count');
    const command = `echo x >> ${count}; [ $(wc -l < ${count}) -ge 3 ]`;
    const record = await here.run('/tasks', { command, maxAttempts: 5, retryDelay: 1 });
    expect(record).toMatchObject({ status: 'completed', attempt: 3 });
    expect(readFileSync(count, 'utf8')).toBe('x\nx\nx\n');
  });
});

describe('a target', () => {
  it('is met by the tags and the name of the worker', async () => {
    expect(await here.run('/tasks', { command: 'true', tags: ['gpu'] })).toMatchObject({ status: 'completed' });
    expect(await here.run('/tasks', { command: 'true', worker: 'test-worker' })).toMatchObject({ status: 'completed' });
  });
});

describe('a drain', () => {
  it('lets the worker finish what it has, take nothing more, and go on when it is lifted', async () => {
    const gate = join(here.folder, 'gate');
    const running = await here.call('POST', '/tasks', { command: `while [ ! -e ${gate} ]; do sleep 0.05; done` });
    await until(running.taskId, ({ status }) => status === 'running');
    await here.call('POST', '/workers/test-worker/drain');
    const waiting = await here.call('POST', '/tasks', { command: `touch ${gate}-other` });
    expect(await here.call('GET', '/workers/test-worker')).toMatchObject({ status: 'draining', running: 1 });
    writeFileSync(gate, '');
    expect(await here.call('GET', `/tasks/${running.taskId}?wait=60000`)).toMatchObject({ status: 'completed' });
    expect(await here.call('GET', `/tasks/${waiting.taskId}`)).toMatchObject({ status: 'pending' });
    await here.call('POST', '/workers/test-worker/resume');
    expect(await here.call('GET', `/tasks/${waiting.taskId}?wait=60000`)).toMatchObject({ status: 'completed' });
  });
});

describe('a conversation', () => {
  it('goes on where it began', async () => {
    mkdirSync(join(here.home, 'notes'));
    const first = await here.run('/claude', { prompt: 'hello', cwd: '~/notes' });
    expect(first).toMatchObject({ status: 'completed' });
    const second = await here.run('/claude', { prompt: 'more', sessionId: first.sessionId });
    expect(second).toMatchObject({ status: 'completed', cwd: '~/notes', sessionId: first.sessionId });
    const { sessions } = await here.call('GET', '/claude/sessions');
    expect(sessions).toMatchObject([
      { sessionId: first.sessionId, worker: 'test-worker', cwd: '~/notes', taskCount: 2 },
    ]);
  });
});
