import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ApiServer, startApi } from './api-server.js';

let api: ApiServer;
let seq: number;
beforeEach(async () => {
  seq = 0;
  api = await startApi();
});
afterEach(() => api.close());

const WORKER_ID = '0190b3c0-0000-7000-8000-000000000001';
const submit = async (fields: object) =>
  (await api.post('/tasks', { command: 'true', ...fields })).body.taskId as string;
const read = async (id: string) => (await api.get(`/tasks/${id}`)).body;
const take = async (name?: string) =>
  (await api.get('/worker/poll?wait=0', name === undefined ? {} : { headers: { 'X-Worker-Name': name } })).body;
/** The next poll of a worker. */
const poll = async ({ worker = {}, ...fields }: { worker?: object; [field: string]: unknown } = {}) => {
  seq++;
  const description = { name: 'mac', id: WORKER_ID, generation: 1, ...worker };
  return (await api.post('/worker/poll', { worker: description, seq, wait: 0, max: 1, ...fields })).body;
};
const finish = (taskId: string, result = {}) => api.post('/worker/result', { taskId, exitCode: 0, ...result });

describe('priority', () => {
  it('comes before age, and age decides between equals', async () => {
    const old = await submit({});
    const urgent = await submit({ priority: 7 });
    const idle = await submit({ priority: -7 });
    const young = await submit({});
    const order = [];
    for (let n = 0; n < 4; n++) order.push((await take()).id);
    expect(order).toEqual([urgent, old, young, idle]);
  });
});

describe('a task for later', () => {
  it('is handed out when its time has come, to a poll that is being held', async () => {
    const held = api.get('/worker/poll?wait=60000');
    const runAt = Date.now() + 1000;
    const id = await submit({ runAt });
    expect(await read(id)).toMatchObject({ status: 'pending', runAt, expiresIn: 900_000 });
    expect((await held).body).toMatchObject({ id });
    expect(Date.now()).toBeGreaterThanOrEqual(runAt);
  });

  it('says what it waits for, and waits no shorter for a higher priority', async () => {
    const later = await submit({ delay: 3_600_000, priority: 100 });
    const now = await submit({});
    expect((await take()).id).toBe(now);
    expect(await take()).toBeNull();
    expect((await read(later)).waitingFor).toMatch(/^its time: \d{4}-/);
  });
});

describe('a task for certain workers', () => {
  it('goes to the worker of its name only', async () => {
    const id = await submit({ worker: 'linux' });
    expect((await poll()).tasks).toEqual([]);
    expect(await take()).toBeNull();
    const record = await read(id);
    expect(record).toMatchObject({ worker: 'linux', waitingFor: 'no worker named linux is online' });
    expect(record.message).toBe('Result not ready yet: no worker named linux is online');
    await take('mac');
    expect((await read(await submit({ worker: 'mac' }))).waitingFor).toBeNull();
    await take('mac');
    expect((await take('linux')).id).toBe(id);
  });

  it('goes to a worker that carries all of its tags, and wakes it', async () => {
    const held = poll({ worker: { tags: ['gpu', 'home'] }, wait: 60_000 });
    while ((await api.get('/workers')).body.items.length === 0) await new Promise(setImmediate);
    const other = await submit({ tags: ['gpu', 'office'] });
    const id = await submit({ tags: ['home', 'gpu', 'home'] });
    expect((await held).tasks).toMatchObject([{ id }]);
    expect(await read(other)).toMatchObject({ tags: ['gpu', 'office'], status: 'pending' });
    expect((await read(other)).waitingFor).toBe('no worker with the tags gpu, office is online');
  });

  it('tells when the worker is there but does not do such tasks', async () => {
    await poll({ worker: { kinds: ['file-read'] } });
    expect(await read(await submit({ worker: 'mac' }))).toMatchObject({
      waitingFor: 'no worker named mac does command tasks',
    });
  });

  it('says in the end why nobody took it', async () => {
    const { body } = await api.post('/tasks?wait=60000', { command: 'true', worker: 'gone', expiresIn: 1 });
    expect(body).toMatchObject({ status: 'expired', error: 'expired: no worker named gone is online' });
  });
});

describe('a further attempt', () => {
  it('follows an end that is retried, until the attempts are used up', async () => {
    const id = await submit({ maxAttempts: 2, retryDelay: 1, retryOn: ['failed'] });
    await take();
    await finish(id, { exitCode: 1, stdout: 'first', attempt: 1 });
    const between = await read(id);
    expect(between).toMatchObject({ status: 'pending', completedAt: null, exitCode: null, stdout: '', attempt: 1 });
    expect(between.error).toBe('attempt 1 ended failed; another follows');
    expect((await api.get('/worker/poll?wait=60000')).body).toMatchObject({ id, attempt: 2 });
    expect(await finish(id, { exitCode: 1, attempt: 1 })).toMatchObject({ status: 409 });
    await finish(id, { exitCode: 2, attempt: 2 });
    expect(await read(id)).toMatchObject({ status: 'failed', exitCode: 2, attempt: 2, stdout: '' });
  });

  it('shows nothing of the one before when it is cancelled itself', async () => {
    const id = await submit({ maxAttempts: 2, retryDelay: 1 });
    await take();
    await finish(id, { exitCode: 1, stdout: 'first', attempt: 1 });
    await api.get('/worker/poll?wait=60000');
    await api.post(`/tasks/${id}/cancel`);
    expect(await read(id)).toMatchObject({ status: 'cancelled', exitCode: null, stdout: '' });
  });

  it('does not follow an end that is not to be retried', async () => {
    const id = await submit({ maxAttempts: 5, retryOn: ['timed_out'] });
    await take();
    await finish(id, { exitCode: 1 });
    expect(await read(id)).toMatchObject({ status: 'failed' });
  });

  it('knows the repeated report of the attempt before', async () => {
    const id = await submit({ maxAttempts: 2, retryDelay: 3_600_000 });
    await take();
    for (let n = 0; n < 2; n++) expect(await finish(id, { exitCode: 1, attempt: 1 })).toMatchObject({ status: 200 });
    expect(await read(id)).toMatchObject({ status: 'pending', attempt: 1 });
  });

  it('is not spent by a hand-out that never arrived', async () => {
    const id = await submit({ maxAttempts: 1 });
    expect((await poll()).tasks).toHaveLength(1);
    expect((await poll()).tasks).toMatchObject([{ id, attempt: 2 }]);
  });
});

describe('a conversation with Claude', () => {
  const ask = async (fields: object) => (await api.post('/claude', { prompt: 'hi', ...fields })).body;

  it('goes on with the worker that holds it, in its folder, one task at a time', async () => {
    const first = await ask({ cwd: '~/notes' });
    const second = await ask({ sessionId: first.sessionId });
    const third = await ask({ sessionId: first.sessionId, priority: 1 });
    const begun = (await poll()).tasks;
    expect(begun).toMatchObject([{ id: first.taskId, sessionId: first.sessionId, cwd: '~/notes' }]);
    expect((await read(second.taskId)).waitingFor).toBe('the tasks of its conversation that came before');
    expect(await take('linux')).toBeNull();
    await finish(first.taskId);
    expect(await take('linux')).toBeNull();
    expect(await read(third.taskId)).toMatchObject({ worker: 'mac', cwd: '~/notes' });
    const running = [{ taskId: third.taskId, attempt: 1 }];
    expect((await poll({ max: 9 })).tasks).toMatchObject([{ id: third.taskId, cwd: '~/notes' }]);
    expect((await poll({ running, max: 9 })).tasks).toEqual([]);
    await finish(third.taskId);
    expect((await poll({ max: 9 })).tasks).toMatchObject([{ id: second.taskId }]);
    expect((await api.get('/claude/sessions')).body).toEqual({
      sessions: [
        {
          sessionId: first.sessionId,
          worker: 'mac',
          cwd: '~/notes',
          lastActivity: expect.any(Number),
          taskCount: 3,
        },
      ],
    });
  });

  it('lets the next go on when the one before it is cancelled', async () => {
    const first = await ask({});
    const second = await ask({ sessionId: first.sessionId });
    await api.post(`/tasks/${first.taskId}/cancel`);
    expect((await take()).id).toBe(second.taskId);
  });

  it('goes to any worker when none holds it', async () => {
    const { taskId } = await ask({ sessionId: 'from-elsewhere' });
    expect((await take('linux')).id).toBe(taskId);
  });
});

describe('a worker that is drained', () => {
  it('is told at once, takes nothing, and is told when that is lifted', async () => {
    const held = poll({ wait: 60_000 });
    while ((await api.get('/workers')).body.items.length === 0) await new Promise(setImmediate);
    expect(await api.post('/workers/mac/drain')).toMatchObject({ status: 200, body: { status: 'draining' } });
    expect(await held).toMatchObject({ drain: true, tasks: [] });
    const id = await submit({});
    expect(await poll()).toMatchObject({ drain: true, tasks: [] });
    const waiting = poll({ draining: true, wait: 60_000 });
    expect(await api.post('/workers/mac/resume')).toMatchObject({ body: { status: expect.any(String) } });
    expect(await waiting).toMatchObject({ drain: false });
    expect((await poll()).tasks).toMatchObject([{ id }]);
    expect((await api.get('/workers/mac')).body).toMatchObject({ status: 'online', running: 1, name: 'mac' });
  });

  it('is unknown under another name', async () => {
    for (const path of ['/workers/linux/drain', '/workers/linux/resume']) {
      expect(await api.post(path)).toMatchObject({ status: 404, body: { code: 'worker_not_found' } });
    }
    expect(await api.get('/workers/linux')).toMatchObject({ status: 404 });
  });
});

describe('GET /workers', () => {
  it('lists by name, in pages', async () => {
    for (const [n, name] of ['b', 'c', 'a'].entries()) {
      await poll({ worker: { name, id: `0190b3c0-0000-7000-8000-00000000000${n}`, hostname: `${name}.local` } });
    }
    const first = (await api.get('/workers?limit=2')).body;
    expect(first.items.map(({ name }: { name: string }) => name)).toEqual(['a', 'b']);
    const rest = (await api.get(`/workers?limit=2&cursor=${first.nextCursor}`)).body;
    expect(rest).toMatchObject({ items: [{ name: 'c', status: 'online', hostname: 'c.local' }], nextCursor: null });
  });
});
