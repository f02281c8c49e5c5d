import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ApiServer, startApi, TOKEN } from './api-server.js';

let api: ApiServer;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const WORKER = { name: 'mac', id: '0190b3c0-0000-7000-8000-000000000001', generation: 1, maxConcurrent: 3 };
const LONG = 60_000;

const submit = async (body = {}) => (await api.post('/tasks', { command: 'true', ...body })).body.taskId as string;
const record = async (id: string) => (await api.get(`/tasks/${id}`)).body;
const report = (body: object, name?: string) =>
  api.post('/worker/result', body, { headers: name ? { 'X-Worker-Name': name } : {} });
const exchange = (seq: number, body: object = {}) =>
  api.post('/worker/poll', { worker: WORKER, seq, wait: 0, max: 1, running: [], ...body });
/** The same, unless the server has waited in vain for the end of the task by then. */
const beforeTenSecondsOf = <T>(id: string, answer: Promise<T>): Promise<T> =>
  Promise.race([answer, api.get(`/tasks/${id}?wait=10000`).then(() => Promise.reject(new Error('ten seconds')))]);
/** Resolves once `count` workers are there, which an open poll makes them. */
async function workersOnline(count: number) {
  while ((await api.get('/health')).body.workers !== count) await new Promise(setImmediate);
}

describe('a simple worker', () => {
  it('is answered null when there is nothing to do', async () => {
    const { status, headers, body } = await api.get('/worker/poll?wait=0');
    expect({ status, body }).toEqual({ status: 200, body: null });
    expect(headers.get('content-type')).toMatch(/^application\/json/);
  });

  it('is woken by a task, and wakes the client by its result', async () => {
    const polling = api.get(`/worker/poll?wait=${LONG}`, { headers: { 'X-Worker-Name': 'pi' } });
    await workersOnline(1);
    const id = await submit();
    const { body: task } = await polling;
    expect(task).toEqual({ id, type: 'command', command: 'true', attempt: 1, timeout: 30_000 });
    const waiting = api.get(`/tasks/${id}?wait=${LONG}`);
    expect(await report({ taskId: id, stdout: 'out', stderr: 'err', exitCode: 0 }, 'pi')).toMatchObject({
      status: 200,
      body: { success: true },
    });
    expect((await waiting).body).toMatchObject({ status: 'completed', worker: 'pi', stdout: 'out', stderr: 'err' });
  });

  it('takes nothing by HEAD, whose answer nobody could read', async () => {
    const id = await submit();
    const { status, headers } = await api.call('HEAD', '/worker/poll?wait=0');
    expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'GET, POST' });
    expect((await record(id)).status).toBe('pending');
  });

  it('of many is woken for each task, and no task is handed out twice', async () => {
    const polls = Array.from({ length: 30 }, (_, n) =>
      api.get(`/worker/poll?wait=${LONG}`, { headers: { 'X-Worker-Name': `w${n}` } }),
    );
    await workersOnline(30);
    const ids = await Promise.all(Array.from({ length: 30 }, () => submit()));
    const handed = (await Promise.all(polls)).map(({ body }) => body.id);
    expect(handed.sort()).toEqual(ids.sort());
  });

  it('may send query parameters and fields that the server does not know', async () => {
    const id = await submit();
    expect((await api.get('/worker/poll?wait=0&hostname=pi')).body.id).toBe(id);
    expect(await report({ taskId: id, exitCode: 0, executionTimeMs: 3 })).toMatchObject({ status: 200 });
  });

  it.each([
    [{ exitCode: 0 }, { status: 'completed', exitCode: 0 }],
    [{ exitCode: 2 }, { status: 'failed', exitCode: 2 }],
    [{}, { status: 'failed', exitCode: null }],
    [
      { exitCode: null, signal: 'SIGKILL' },
      { status: 'failed', exitCode: null, signal: 'SIGKILL' },
    ],
    [
      { exitCode: 0, status: 'timed_out', error: 'late' },
      { status: 'timed_out', error: 'late' },
    ],
    [{ status: 'cancelled' }, { status: 'cancelled' }],
    [
      { exitCode: 0, metadata: { a: [1] }, duration: 7 },
      { metadata: { a: [1] }, duration: 7 },
    ],
    [
      { stdout: 'é', stderr: null },
      { stdout: 'é', stderr: '', outputBytes: { stdout: 2, stderr: 0 } },
    ],
    [
      { truncated: { stdout: true, stderr: false }, outputBytes: { stdout: 99, stderr: 0 } },
      { truncated: { stdout: true, stderr: false }, outputBytes: { stdout: 99, stderr: 0 } },
    ],
    [{ stdout: 'half \ud800' }, { stdout: 'half \ufffd' }],
  ])('reports %j', async (result, expected) => {
    const id = await submit();
    await api.get('/worker/poll?wait=0');
    expect(await report({ taskId: id, ...result })).toMatchObject({ status: 200 });
    expect(await record(id)).toMatchObject(expected);
  });

  it('may repeat its report', async () => {
    const id = await submit();
    await api.get('/worker/poll?wait=0');
    for (let n = 0; n < 2; n++) {
      expect(await report({ taskId: id, exitCode: 0 })).toMatchObject({ status: 200, body: { success: true } });
    }
    expect((await api.get('/health')).body).toMatchObject({ tasks: 0, results: 1 });
  });

  it.each([
    [{}, 400, 'validation_failed'],
    [{ taskId: 7 }, 400, 'validation_failed'],
    [{ taskId: 'unknown' }, 404, 'task_not_found'],
    [{ taskId: 'unknown', exitCode: 'zero' }, 400, 'validation_failed'],
    [{ taskId: 'unknown', status: 'lost' }, 400, 'validation_failed'],
    [{ results: 'many' }, 400, 'validation_failed'],
  ])('is told what is wrong with the report %j', async (body, status, code) => {
    expect(await report(body)).toMatchObject({ status, body: { code } });
  });

  it('cannot report a task of another worker, or one that waits', async () => {
    const id = await submit();
    expect(await report({ taskId: id, exitCode: 0 })).toMatchObject({ status: 409, body: { code: 'stale_attempt' } });
    await api.get('/worker/poll?wait=0', { headers: { 'X-Worker-Name': 'pi' } });
    expect(await report({ taskId: id, exitCode: 0 }, 'mac')).toMatchObject({
      status: 409,
      body: { code: 'not_claimant' },
    });
    expect(await report({ taskId: id, exitCode: 0, attempt: 2 }, 'pi')).toMatchObject({
      status: 409,
      body: { code: 'stale_attempt' },
    });
  });

  it('reports many at once, each on its own', async () => {
    const [first, second] = [await submit(), await submit()];
    for (let n = 0; n < 2; n++) await api.get('/worker/poll?wait=0');
    const { body } = await report({
      results: [
        { taskId: first, attempt: 1, exitCode: 0 },
        { taskId: 'unknown', attempt: 1 },
        { attempt: 1 },
        { taskId: second, attempt: 9 },
        7,
        { taskId: second, attempt: 1, exitCode: 1 },
      ],
    });
    expect(body).toEqual({
      success: false,
      results: [
        { taskId: first, attempt: 1, status: 200 },
        { taskId: 'unknown', attempt: 1, status: 404, code: 'task_not_found' },
        { taskId: null, attempt: 1, status: 400, code: 'validation_failed' },
        { taskId: second, attempt: 9, status: 409, code: 'stale_attempt' },
        { taskId: null, attempt: null, status: 400, code: 'validation_failed' },
        { taskId: second, attempt: 1, status: 200 },
      ],
    });
    expect(await report({ results: [] })).toMatchObject({ status: 200, body: { success: true, results: [] } });
  });

  it('that has left is handed nothing', async () => {
    const gone = new AbortController();
    const left = api.get(`/worker/poll?wait=${LONG}`, { signal: gone.signal, headers: { 'X-Worker-Name': 'gone' } });
    await workersOnline(1);
    gone.abort();
    await expect(left).rejects.toThrow();
    const staying = api.get(`/worker/poll?wait=${LONG}`, { headers: { 'X-Worker-Name': 'staying' } });
    await workersOnline(2);
    const id = await submit();
    expect((await staying).body).toMatchObject({ id, attempt: 1 });
  });

  it('whose connection broke while its task was on the way does not keep it', async () => {
    // A half-written request line after the poll: the socket dies before any answer can be read.
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(`GET /worker/poll?wait=${LONG} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`);
    await workersOnline(1);
    socket.resetAndDestroy();
    const id = await submit();
    expect((await api.get(`/worker/poll?wait=${LONG}`)).body).toMatchObject({ id });
  });
});

describe('a worker that polls with a body', () => {
  it('is registered, handed tasks, and lists them from then on', async () => {
    const id = await submit({ env: { A: 'b' } });
    expect((await exchange(1, { max: 5 })).body).toEqual({
      seq: 1,
      tasks: [{ id, type: 'command', command: 'true', env: { A: 'b' }, attempt: 1, timeout: 30_000 }],
      cancel: [],
      stale: [],
      drain: false,
    });
    expect(await record(id)).toMatchObject({ status: 'running', worker: 'mac', attempt: 1 });
    const running = [{ taskId: id, attempt: 1 }];
    expect((await exchange(2, { running })).body).toMatchObject({ seq: 2, tasks: [], stale: [] });
    expect(await report({ taskId: id, attempt: 1, exitCode: 0 }, 'mac')).toMatchObject({ status: 200 });
    expect((await api.get('/health')).body.workers).toBe(1);
  });

  it('is woken by a task of its kinds', async () => {
    const held = exchange(1, { worker: { ...WORKER, kinds: ['file-read', 'teleport'] }, wait: LONG });
    await workersOnline(1);
    await submit();
    const { body } = await api.post('/files/read', { path: '/x' });
    expect((await held).body.tasks).toMatchObject([{ id: body.taskId }]);
  });

  it('has one poll open: a newer one ends the older, which is handed nothing', async () => {
    const older = exchange(1, { wait: LONG });
    await workersOnline(1);
    const newer = exchange(2, { wait: LONG });
    expect((await older).body).toMatchObject({ seq: 1, tasks: [] });
    const id = await submit();
    expect((await newer).body).toMatchObject({ seq: 2, tasks: [{ id }] });
  });

  it('that was overtaken leaves what it was woken for to the next in line', async () => {
    const overtaken = exchange(1, { wait: LONG });
    await workersOnline(1);
    const other = { ...WORKER, name: 'linux', id: '0190b3c0-0000-7000-8000-000000000002' };
    const next = exchange(1, { worker: other, wait: LONG });
    await workersOnline(2);
    // A newer poll that takes nothing has been settled, but has not ended the older one yet.
    const { exchange: settle } = api.storage.tasks;
    let noted: () => void = () => undefined;
    const settled = new Promise<void>((resolve) => {
      noted = resolve;
    });
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    api.storage.tasks.exchange = async (...given) => {
      const answer = await settle.apply(api.storage.tasks, given);
      noted();
      await held;
      return answer;
    };
    const newer = exchange(2, { max: 0 });
    await settled;
    const id = await submit();
    expect((await next).body.tasks).toMatchObject([{ id }]);
    goOn();
    expect((await newer).body.tasks).toEqual([]);
    expect((await overtaken).body.tasks).toEqual([]);
  });

  it('is answered when the next attempt of what it has reported is ready, which whoever lists it is not handed', async () => {
    const id = await submit({ maxAttempts: 2, retryDelay: 0 });
    await exchange(1);
    const held = exchange(2, { running: [{ taskId: id, attempt: 1 }], wait: LONG });
    await report({ taskId: id, attempt: 1, exitCode: 1 }, 'mac');
    expect((await beforeTenSecondsOf(id, held)).body).toMatchObject({ seq: 2, tasks: [], stale: [] });
    expect((await exchange(3)).body.tasks).toMatchObject([{ id, attempt: 2 }]);
  });

  it('that lists what waits leaves it to the next in line', async () => {
    const id = await submit({ maxAttempts: 2, retryDelay: 0 });
    await exchange(1);
    const listing = exchange(2, { running: [{ taskId: id, attempt: 1 }], wait: LONG });
    const other = { ...WORKER, name: 'linux', id: '0190b3c0-0000-7000-8000-000000000002' };
    const next = exchange(1, { worker: other, wait: LONG });
    await workersOnline(2);
    await report({ taskId: id, attempt: 1, exitCode: 1 }, 'mac');
    expect((await beforeTenSecondsOf(id, next)).body.tasks).toMatchObject([{ id, attempt: 2 }]);
    expect((await exchange(3)).body.tasks).toEqual([]);
    expect((await listing).body.tasks).toEqual([]);
  });

  it('is answered so too when the attempt that is over was that of another', async () => {
    const id = await submit({ maxAttempts: 3, retryDelay: 0 });
    await exchange(1);
    const other = { ...WORKER, name: 'linux', id: '0190b3c0-0000-7000-8000-000000000002' };
    // Its turn comes before that of the worker that lists the first attempt.
    const next = exchange(1, { worker: other, wait: LONG });
    await workersOnline(2);
    const listing = exchange(2, { running: [{ taskId: id, attempt: 1 }], wait: LONG });
    await report({ taskId: id, attempt: 1, exitCode: 1 }, 'mac');
    expect((await next).body.tasks).toMatchObject([{ id, attempt: 2 }]);
    await report({ taskId: id, attempt: 2, exitCode: 1 }, 'linux');
    expect((await beforeTenSecondsOf(id, listing)).body.tasks).toEqual([]);
    expect((await exchange(3)).body.tasks).toMatchObject([{ id, attempt: 3 }]);
  });

  it('has a hand-out healed that it never received', async () => {
    const id = await submit();
    await exchange(1);
    expect((await exchange(2, { max: 0 })).body).toMatchObject({ tasks: [], stale: [] });
    expect(await record(id)).toMatchObject({ status: 'pending', attempt: 1 });
    expect((await exchange(3)).body.tasks).toMatchObject([{ id, attempt: 2 }]);
  });

  it('is told at once of a stale attempt', async () => {
    const stale = [{ taskId: '0190b3c0-0000-7000-8000-00000000000f', attempt: 3 }];
    expect((await exchange(1, { running: stale, wait: LONG })).body).toMatchObject({ stale, tasks: [] });
  });

  it('is answered empty when it comes late', async () => {
    await exchange(5);
    const id = await submit();
    expect((await exchange(5, { wait: LONG })).body).toMatchObject({ seq: 5, tasks: [] });
    expect((await exchange(6)).body.tasks).toMatchObject([{ id }]);
  });

  it('is refused when a newer start of it is known, or another has its name', async () => {
    await exchange(1, { worker: { ...WORKER, generation: 2 } });
    expect(await exchange(9)).toMatchObject({ status: 409, body: { code: 'worker_superseded' } });
    const other = { ...WORKER, id: '0190b3c0-0000-7000-8000-000000000002' };
    expect(await exchange(1, { worker: other })).toMatchObject({ status: 409, body: { code: 'worker_name_in_use' } });
  });

  it('is handed nothing while it drains, whatever it asks for', async () => {
    await submit();
    expect((await exchange(1, { draining: true, max: 3 })).body).toMatchObject({ tasks: [], drain: false });
    expect((await exchange(2)).body.tasks).toHaveLength(1);
  });

  it('leaves by a farewell, and its name is free', async () => {
    await exchange(1);
    expect(await exchange(2, { max: 0, draining: true })).toMatchObject({ status: 200 });
    expect((await api.get('/health')).body.workers).toBe(0);
    const other = { ...WORKER, id: '0190b3c0-0000-7000-8000-000000000002' };
    expect(await exchange(1, { worker: other })).toMatchObject({ status: 200 });
  });

  it('loses what an earlier start held, and the waiting client is told', async () => {
    const id = await submit();
    await exchange(1);
    const waiting = api.get(`/tasks/${id}?wait=${LONG}`);
    await exchange(1, { worker: { ...WORKER, generation: 2 } });
    expect((await waiting).body).toMatchObject({ status: 'lost', error: expect.stringContaining('mac') });
  });

  it.each([
    ['worker', { worker: undefined }],
    ['worker', { worker: 7 }],
    ['worker.name', { worker: { ...WORKER, name: 'a\nb' } }],
    ['worker.id', { worker: { ...WORKER, id: 'me' } }],
    ['worker.generation', { worker: { ...WORKER, generation: -1 } }],
    ['worker.tags', { worker: { ...WORKER, tags: 'gpu' } }],
    ['seq', { seq: 'one' }],
    ['max', { max: -1 }],
    ['running', { running: {} }],
    ['running', { running: [[{ taskId: 'x', attempt: 1 }]] }],
    ['running', { running: Array.from({ length: 10_001 }, () => ({ taskId: 'x', attempt: 1 })) }],
    ['running.0.attempt', { running: [{ taskId: 'x' }] }],
  ])('is told that %s is wrong in %j', async (field, change) => {
    const { status, body } = await exchange(1, change);
    expect(status).toBe(400);
    expect(body.errors.map((error: { field: string }) => error.field)).toContain(field);
  });

  it('may send fields that the server does not know', async () => {
    expect(await exchange(1, { worker: { ...WORKER, gpu: true }, mood: 'good' })).toMatchObject({ status: 200 });
  });
});
