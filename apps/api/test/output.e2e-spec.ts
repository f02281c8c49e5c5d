import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ApiServer, startApi, TOKEN } from './api-server.js';
import { EventReader } from './event-reader.js';

let api: ApiServer;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const LONG = 60_000;

async function running(body: object = {}): Promise<string> {
  const { body: submitted } = await api.post('/tasks', { command: 'make', ...body });
  await api.get('/worker/poll?wait=0', { headers: { 'X-Worker-Name': 'mac' } });
  return submitted.taskId;
}

const chunk = (seq: number, data: string, change: object = {}) => ({ seq, stream: 'stdout', data, ...change });
const print = (taskId: string, chunks: object[], change: object = {}) =>
  api.post('/worker/output', { taskId, attempt: 1, chunks, ...change });
const finish = (taskId: string, stdout = '') => api.post('/worker/result', { taskId, stdout, exitCode: 0 });
const read = async (taskId: string, query = '') => (await api.get(`/tasks/${taskId}/output${query}`)).body;

describe('live output', () => {
  it('can be begun near its end', async () => {
    const id = await running();
    await print(id, [chunk(1, 'first\n'), chunk(2, 'second\n'), chunk(3, 'third\n')]);
    const seqs = async (query: string) => (await read(id, query)).chunks.map(({ seq }: { seq: number }) => seq);
    expect(await seqs('?tail=7')).toEqual([2, 3]);
    expect(await seqs('?tail=7&after=2')).toEqual([3]);
    expect(await seqs('?tail=1000')).toEqual([1, 2, 3]);
    await finish(id, 'first\nsecond\nthird\nrest\n');
    expect(await read(id, '?tail=1')).toMatchObject({ chunks: [{ seq: 3 }, { seq: 4, data: 'rest\n' }], done: true });
    for (const query of ['?tail=0', '?tail=x', '?tail=-1'])
      expect(await read(id, query)).toMatchObject({ status: 400 });
  });

  it('arrives as it was sent, as text and as bytes', async () => {
    const id = await running();
    const bytes = Buffer.from([0xff, 0x0a]).toString('base64');
    const sent = [chunk(1, 'grüße\n'), chunk(2, bytes, { stream: 'stderr', encoding: 'base64' })];
    expect(await print(id, sent)).toMatchObject({ status: 200, body: { next: 3 } });
    expect(await read(id)).toEqual({
      chunks: [
        { seq: 1, attempt: 1, stream: 'stdout', data: 'grüße\n', encoding: 'utf8', at: expect.any(Number) },
        { seq: 2, attempt: 1, stream: 'stderr', data: bytes, encoding: 'base64', at: expect.any(Number) },
      ],
      next: 2,
      done: false,
    });
  });

  it('answers a waiting reader at once, and tells it of the end', async () => {
    const id = await running();
    const first = read(id, `?wait=${LONG}`);
    await print(id, [chunk(1, 'a')]);
    expect(await first).toMatchObject({ chunks: [{ data: 'a' }], next: 1, done: false });
    const last = read(id, `?after=1&wait=${LONG}`);
    await finish(id, 'a');
    expect(await last).toEqual({ chunks: [], next: 1, done: true });
  });

  it('equals the record of a worker that never streams', async () => {
    const id = await running();
    await finish(id, 'all of it\n');
    expect(await read(id)).toMatchObject({ chunks: [{ seq: 1, data: 'all of it\n' }], next: 1, done: true });
  });

  it('has nothing yet of a task that waits', async () => {
    const { body } = await api.post('/tasks', { command: 'true' });
    expect(await read(body.taskId)).toEqual({ chunks: [], next: 0, done: false });
  });

  it.each([
    ['a gap', 409, 'output_gap', [chunk(2, 'b')], {}],
    ['another attempt', 409, 'stale_attempt', [chunk(1, 'a')], { attempt: 2 }],
    ['an unknown task', 404, 'task_not_found', [chunk(1, 'a')], { taskId: 'none' }],
    ['another stream', 400, 'validation_failed', [chunk(1, 'a', { stream: 'stdin' })], {}],
    ['what is no base64', 400, 'validation_failed', [chunk(1, 'a', { encoding: 'base64' })], {}],
    ['a chunk that is too large', 400, 'validation_failed', [chunk(1, 'a'.repeat(400_000))], {}],
    ['no chunks', 400, 'validation_failed', undefined, {}],
  ])('refuses %s, and stores nothing', async (_, status, code, chunks, change) => {
    const id = await running();
    const answer = await print(id, chunks as object[], change);
    expect(answer).toMatchObject({ status, body: { code } });
    if (code === 'output_gap') expect(answer.body.next).toBe(1);
    expect((await read(id)).chunks).toEqual([]);
  });

  it('is taken from the worker that claimed the task', async () => {
    const id = await running();
    const body = { taskId: id, attempt: 1, chunks: [chunk(1, 'a')] };
    const other = await api.post('/worker/output', body, { headers: { 'X-Worker-Name': 'other' } });
    expect(other).toMatchObject({ status: 409, body: { code: 'not_claimant' } });
  });

  it.each(['?after=-1', '?after=x', '?wait=x', '?limit=1'])('refuses %s', async (query) => {
    const id = await running();
    const { status, body } = await api.get(`/tasks/${id}/output${query}`);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'validation_failed' });
  });

  it('does not know the output of an unknown task', async () => {
    const path = '/tasks/0190b3c0-0000-7000-8000-000000000099/output';
    expect(await api.get(path)).toMatchObject({ status: 404, body: { code: 'task_not_found' } });
    const events = await api.get(path, { headers: { Accept: 'text/event-stream' } });
    expect(events).toMatchObject({ status: 404, body: { code: 'task_not_found' } });
  });
});

const open = (id: string, headers: Record<string, string> = {}, token = TOKEN) =>
  EventReader.open(`${api.url}/tasks/${id}/output`, headers, token);

describe('output as events', () => {
  it('tells each chunk as it comes, and ends with the record', async () => {
    const id = await running();
    await print(id, [chunk(1, 'line\n')]);
    const events = await open(id);
    expect(events.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(events.headers.get('cache-control')).toBe('no-store');
    expect(await events.next()).toMatchObject({ event: 'output', id: '1', data: { seq: 1, data: 'line\n' } });
    await print(id, [chunk(2, 'more\n')]);
    expect(await events.next()).toMatchObject({ event: 'output', id: '2', data: { data: 'more\n' } });
    await finish(id, 'line\nmore\n');
    expect(await events.next()).toMatchObject({
      event: 'end',
      id: undefined,
      data: { taskId: id, status: 'completed', stdout: 'line\nmore\n' },
    });
    expect(await events.next()).toBeNull();
  });

  it('goes on after the event that a reader has seen last', async () => {
    const id = await running();
    await print(id, [chunk(1, 'a'), chunk(2, 'b')]);
    await finish(id, 'ab');
    const events = await open(id, { 'Last-Event-ID': '1' });
    expect(await events.next()).toMatchObject({ id: '2' });
    expect(await events.next()).toMatchObject({ event: 'end' });
    const { status, body } = await api.get(`/tasks/${id}/output`, {
      headers: { Accept: 'text/event-stream', 'Last-Event-ID': 'two' },
    });
    expect({ status, field: body.errors[0].field }).toEqual({ status: 400, field: 'Last-Event-ID' });
  });

  it('breaks off without an end when the token is revoked', async () => {
    const { body: viewer } = await api.post('/tokens', { name: 'viewer', role: 'viewer' });
    const id = await running();
    const events = await open(id, {}, viewer.token);
    await print(id, [chunk(1, 'a')]);
    expect(await events.next()).toMatchObject({ id: '1' });
    await api.call('DELETE', `/tokens/${viewer.id}`);
    await expect(events.next()).rejects.toThrow();
  });

  it('breaks off without an end when the server stops', async () => {
    const id = await running();
    const events = await open(id);
    await print(id, [chunk(1, 'a')]);
    expect(await events.next()).toMatchObject({ id: '1' });
    api.shutdown.begin();
    expect(await events.next()).toBeNull();
  });

  it('waits for a slow reader, and loses nothing', async () => {
    const id = await running();
    const line = 'x'.repeat(200_000);
    for (let seq = 1; seq <= 60; seq += 1) await print(id, [chunk(seq, line)]);
    await finish(id, '');
    const events = await open(id);
    let seen = 0;
    for (let event = await events.next(); event?.event === 'output'; event = await events.next()) {
      expect(event.data.data).toHaveLength(line.length);
      seen += 1;
    }
    expect(seen).toBe(60);
  });
});
