import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ApiServer, startApi } from './api-server.js';

let api: ApiServer;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const UNKNOWN = '0190b3c0-0000-7000-8000-000000000009';
const submit = async (fields: object = {}) =>
  (await api.post('/tasks', { command: 'true', ...fields })).body.taskId as string;
const read = async (id: string) => (await api.get(`/tasks/${id}`)).body;
const take = async () => (await api.get('/worker/poll?wait=0')).body;
const finish = (taskId: string, result = {}) => api.post('/worker/result', { taskId, exitCode: 0, ...result });
const worker = { name: 'mac', id: '0190b3c0-0000-7000-8000-000000000001', generation: 1 };
const poll = async (seq: number, fields: object = {}) =>
  (await api.post('/worker/poll', { worker, seq, wait: 0, max: 1, ...fields })).body;

describe('POST /tasks/:id/cancel', () => {
  it('ends a waiting task, and tells who waits for it', async () => {
    const waiting = api.post('/tasks?wait=60000', { command: 'true' });
    let id: string | undefined;
    while (id === undefined) id = (await api.get('/tasks')).body.items[0]?.taskId;
    expect(await api.post(`/tasks/${id}/cancel`)).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(await waiting).toMatchObject({ body: { status: 'cancelled', error: 'cancelled before a worker took it' } });
    expect(await take()).toBeNull();
    expect(await api.post(`/tasks/${id}/cancel`)).toMatchObject({ status: 409, body: { code: 'task_ended' } });
  });

  it('asks the worker of a running one, through the poll that it has open, until that says it is ending it', async () => {
    const id = await submit({ maxAttempts: 3 });
    await poll(1);
    const running = [{ taskId: id, attempt: 1 }];
    const held = poll(2, { running, wait: 15_000 });
    while ((await api.get('/workers/mac')).status === 404) await new Promise(setImmediate);
    const { body } = await api.post(`/tasks/${id}/cancel`);
    expect(body).toMatchObject({ status: 'running', cancelRequestedAt: expect.any(Number) });
    expect(await held).toMatchObject({ cancel: running });
    expect(await poll(3, { running })).toMatchObject({ cancel: running });
    expect(await poll(4, { running: [{ ...running[0], cancelling: true }] })).toMatchObject({ cancel: [] });
    expect((await api.post(`/tasks/${id}/cancel`)).body.cancelRequestedAt).toBe(body.cancelRequestedAt);
    await finish(id, { attempt: 1, status: 'cancelled', exitCode: null, signal: 'SIGTERM' });
    expect(await read(id)).toMatchObject({ status: 'cancelled', signal: 'SIGTERM' });
  });

  it('ends the task of a simple worker at once, whose late report is refused', async () => {
    const id = await submit();
    await take();
    expect(await api.post(`/tasks/${id}/cancel`)).toMatchObject({ body: { status: 'cancelled' } });
    expect(await finish(id)).toMatchObject({ status: 409 });
  });

  it('ends what was handed out and never arrived', async () => {
    const id = await submit();
    await poll(1);
    await api.post(`/tasks/${id}/cancel`);
    expect(await poll(2)).toMatchObject({ tasks: [] });
    expect(await read(id)).toMatchObject({ status: 'cancelled' });
  });

  it('takes no fields, and knows no task that there is not', async () => {
    const id = await submit();
    expect(await api.post(`/tasks/${id}/cancel`, { force: true })).toMatchObject({ status: 400 });
    expect(await api.post(`/tasks/${UNKNOWN}/cancel`)).toMatchObject({ status: 404, body: { code: 'task_not_found' } });
  });
});

describe('POST /tasks/:id/retry', () => {
  it('makes a new task of the same input', async () => {
    const fields = {
      command: 'cat',
      env: { KEY: 's3cret' },
      stdin: 'in',
      priority: 3,
      tags: [],
      metadata: { by: 'me' },
    };
    const id = await submit(fields);
    expect(await api.post(`/tasks/${id}/retry`)).toMatchObject({ status: 409, body: { code: 'task_unfinished' } });
    await take();
    await finish(id, { exitCode: 1 });
    const { status, body } = await api.post(`/tasks/${id}/retry`);
    expect({ status, state: body.status }).toEqual({ status: 200, state: 'pending' });
    expect(body.taskId).not.toBe(id);
    expect(await read(body.taskId)).toMatchObject({ retryOf: id, priority: 3, labels: { by: 'me' }, env: ['KEY'] });
    expect(await take()).toMatchObject({ id: body.taskId, command: 'cat', env: { KEY: 's3cret' }, stdin: 'in' });
    expect(await read(id)).toMatchObject({ status: 'failed' });
    expect(await api.post(`/tasks/${UNKNOWN}/retry`)).toMatchObject({ status: 404 });
  });
});

describe('DELETE /tasks/:id', () => {
  it('removes an ended task, and nothing that goes on', async () => {
    const id = await submit();
    expect(await api.call('DELETE', `/tasks/${id}`)).toMatchObject({ status: 409, body: { code: 'task_unfinished' } });
    await take();
    await finish(id);
    expect(await api.call('DELETE', `/tasks/${id}`)).toMatchObject({ status: 204, body: '' });
    expect(await api.get(`/tasks/${id}`)).toMatchObject({ status: 404 });
    expect(await api.call('DELETE', `/tasks/${id}`)).toMatchObject({ status: 404 });
    expect((await api.get('/tasks')).body.items).toEqual([]);
  });
});

describe('POST /tasks/batch', () => {
  it('stores all, in order', async () => {
    const tasks = [{ command: 'a' }, { type: 'file-read', path: '/b' }, { command: 'c', priority: 1 }];
    const { status, body } = await api.post('/tasks/batch', { tasks });
    expect(status).toBe(200);
    expect(body).toEqual({ tasks: tasks.map(() => ({ taskId: expect.any(String), status: 'pending' })) });
    const listed = (await api.get('/tasks')).body.items.map(({ taskId }: { taskId: string }) => taskId);
    expect(listed.reverse()).toEqual(body.tasks.map(({ taskId }: { taskId: string }) => taskId));
  });

  it('stores none when one is wrong, and names its fields', async () => {
    const { status, body } = await api.post('/tasks/batch', { tasks: [{ command: 'a' }, { command: '' }, { x: 1 }] });
    expect(status).toBe(400);
    expect(body.errors.map(({ field }: { field: string }) => field)).toEqual([
      'tasks.1.command',
      'tasks.2.x',
      'tasks.2.command',
    ]);
    expect((await api.get('/tasks')).body.items).toEqual([]);
  });

  it.each([
    ['tasks', {}],
    ['tasks', { tasks: [] }],
    ['tasks', { tasks: 'x' }],
    ['tasks', { tasks: Array.from({ length: 1001 }, () => ({ command: 'x' })) }],
    ['more', { tasks: [{ command: 'x' }], more: 1 }],
    ['tasks.0', { tasks: ['x'] }],
  ])('names %s', async (field, body) => {
    const answer = await api.post('/tasks/batch', body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ field }]);
  });

  it('answers the records when all have ended', async () => {
    const answer = api.post('/tasks/batch?wait=60000', { tasks: [{ command: 'a' }, { command: 'b' }] });
    for (const stdout of ['1', '2']) await finish((await api.get('/worker/poll?wait=60000')).body.id, { stdout });
    expect((await answer).body.tasks).toMatchObject([
      { command: 'a', status: 'completed', stdout: '1' },
      { command: 'b', status: 'completed', stdout: '2' },
    ]);
  });

  it('refuses all when the queue has no room for all', async () => {
    const small = await startApi({ MAX_PENDING: '2' });
    const tasks = [{ command: 'a' }, { command: 'b' }, { command: 'c' }];
    expect(await small.post('/tasks/batch', { tasks })).toMatchObject({ status: 429, body: { code: 'queue_full' } });
    expect((await small.get('/health')).body.tasks).toBe(0);
    await small.close();
  });
});

describe('an Idempotency-Key', () => {
  const once = (path: string, body: object, key = 'k', token?: string) =>
    api.post(path, body, { headers: { 'Idempotency-Key': key }, ...(token === undefined ? {} : { token }) });

  it('makes a repeated call answer what the first one did, whatever has become of the task', async () => {
    const first = await once('/tasks', { command: 'true', metadata: { a: 1, b: 2 } });
    const again = await api.call('POST', '/tasks', {
      raw: '{ "metadata": {"b": 2.0, "a": 1}, "command": "true" }',
      headers: { 'Idempotency-Key': 'k' },
    });
    expect(again).toMatchObject({ status: 200, body: first.body });
    await take();
    await finish(first.body.taskId);
    expect((await once('/tasks', { command: 'true', metadata: { a: 1, b: 2 } })).body).toEqual(first.body);
    expect(await once('/tasks?wait=0', { command: 'true', metadata: { a: 1, b: 2 } })).toMatchObject({
      body: { taskId: first.body.taskId, status: 'completed' },
    });
    expect(await take()).toBeNull();
  });

  it('is good for one request only', async () => {
    await once('/tasks', { command: 'true' });
    for (const [path, body] of [
      ['/tasks', { command: 'false' }],
      ['/files/read', { path: '/x' }],
    ] as const) {
      expect(await once(path, body)).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    }
  });

  it('covers every call that makes tasks, and calls that come together', async () => {
    const id = await submit();
    await take();
    await finish(id);
    for (const [path, body] of [
      ['/tasks/batch', { tasks: [{ command: 'a' }, { command: 'b' }] }],
      ['/files/write', { path: '/x', content: 'y' }],
      ['/claude', { prompt: 'hi' }],
      [`/tasks/${id}/retry`, {}],
    ] as const) {
      const [one, two, three] = await Promise.all([
        once(path, body, path),
        once(path, body, path),
        once(path, body, path),
      ]);
      expect(one.status).toBe(200);
      expect([two.body, three.body]).toEqual([one.body, one.body]);
    }
    expect((await api.get('/tasks')).body.items).toHaveLength(6);
  });

  it('is free again when its first call was refused', async () => {
    expect(await once('/tasks', { command: '' })).toMatchObject({ status: 400 });
    expect(await once('/tasks', { command: 'true' })).toMatchObject({ status: 200 });
  });

  it.each(['', 'x'.repeat(256)])('has 1 to 255 characters', async (key) => {
    const { status, body } = await once('/tasks', { command: 'true' }, key);
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ field: 'Idempotency-Key' }]);
  });
});

describe('the filters of GET /tasks', () => {
  const found = async (query: string) =>
    (await api.get(`/tasks?${query}`)).body.items.map(({ taskId }: { taskId: string }) => taskId);

  it('find by status, type, worker, time and words, together too', async () => {
    const read = (await api.post('/files/read', { path: '~/notes/Deploy-plan.md' })).body.taskId;
    const deploy = await submit({ command: './deploy.sh --env "production"', priority: 5 });
    const other = await submit({ command: 'echo done', worker: 'linux' });
    expect((await take()).id).toBe(deploy);
    expect(await found('status=running')).toEqual([deploy]);
    expect(await found('status=pending')).toEqual([other, read]);
    expect(await found('type=file-read')).toEqual([read]);
    expect(await found('worker=linux')).toEqual([other]);
    expect(await found('q=deploy')).toEqual([deploy, read]);
    expect(await found('q=deploy.sh')).toEqual([deploy]);
    expect(await found(`q=${encodeURIComponent('production deploy')}`)).toEqual([deploy]);
    expect(await found(`q=${encodeURIComponent('"OR deploy* NOT (')}`)).toEqual([]);
    expect(await found('q=deploy&status=pending&type=file-read')).toEqual([read]);
    const { createdAt } = (await api.get(`/tasks/${deploy}`)).body;
    expect(await found(`from=${createdAt}&to=${createdAt}&q=production`)).toEqual([deploy]);
    expect(await found(`to=${createdAt - 60_000}`)).toEqual([]);
    expect(await found(`from=${Date.now() + 60_000}`)).toEqual([]);
    expect(await found('held=true')).toEqual([]);
  });

  it('page as the whole list does', async () => {
    const ids = [];
    for (let n = 0; n < 5; n++) ids.unshift(await submit({ command: `echo needle ${n}` }));
    const seen = [];
    for (let cursor = ''; ; ) {
      const { body } = await api.get(`/tasks?q=needle&status=pending&limit=2${cursor}`);
      seen.push(...body.items.map(({ taskId }: { taskId: string }) => taskId));
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(seen).toEqual(ids);
  });
});
