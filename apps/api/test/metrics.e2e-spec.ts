import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StorageUnavailable } from '../src/storage/errors.js';
import { type ApiServer, startApi, TOKEN } from './api-server.js';
import { parseExposition, type Sample } from './exposition.js';

let api: ApiServer;
beforeEach(async () => {
  api = await startApi({ RATE_LIMIT_PER_MINUTE: '0' });
});
afterEach(() => api.close());

const scrape = async (): Promise<Sample[]> => parseExposition((await api.get('/metrics')).body).samples;

/** The value of the one sample of that name that has at least these labels. */
function valueIn(samples: Sample[], name: string, labels: Record<string, string> = {}): number | undefined {
  const wanted = Object.entries(labels);
  const found = samples.filter(
    (sample) => sample.name === name && wanted.every(([key, value]) => sample.labels[key] === value),
  );
  expect(found.length).toBeLessThan(2);
  return found[0]?.value;
}

/** A request is counted when its answer has left, which may be after it was read here. */
async function scrapeUntil(name: string, labels: Record<string, string>, value: number): Promise<Sample[]> {
  for (;;) {
    const samples = await scrape();
    if (valueIn(samples, name, labels) === value) return samples;
  }
}

const submit = async (body = {}) => (await api.post('/tasks', { command: 'true', ...body })).body.taskId as string;
const claim = async () => (await api.get('/worker/poll?wait=0')).body;

describe('GET /metrics', () => {
  it('is the text format that Prometheus reads', async () => {
    const { status, headers, body } = await api.get('/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const { types } = parseExposition(body);
    expect(types.get('openclaw_tasks')).toBe('gauge');
    expect(types.get('openclaw_http_requests_total')).toBe('counter');
    expect(types.get('nodejs_eventloop_lag_p99_seconds')).toBe('gauge');
  });

  it('counts the tasks of every status', async () => {
    await submit();
    await submit();
    const task = await claim();
    const samples = await scrape();
    const counts = samples.filter(({ name }) => name === 'openclaw_tasks');
    expect(counts).toHaveLength(8);
    expect(valueIn(counts, 'openclaw_tasks', { status: 'pending' })).toBe(1);
    expect(valueIn(counts, 'openclaw_tasks', { status: 'running' })).toBe(1);
    await api.post('/worker/result', { taskId: task.id, exitCode: 0 });
    expect(valueIn(await scrape(), 'openclaw_tasks', { status: 'completed' })).toBe(1);
  });

  it('tells how long tasks wait: only those that a worker could have', async () => {
    await submit({ delay: 60_000 });
    expect(valueIn(await scrape(), 'openclaw_oldest_waiting_seconds')).toBe(0);
    const id = await submit();
    const created = (await api.get(`/tasks/${id}`)).body.createdAt as number;
    const waiting = valueIn(await scrape(), 'openclaw_oldest_waiting_seconds') ?? Number.NaN;
    expect(waiting).toBeGreaterThanOrEqual(0);
    expect(waiting).toBeLessThanOrEqual((Date.now() - created) / 1000);
    await claim();
    const samples = await scrape();
    expect(valueIn(samples, 'openclaw_oldest_waiting_seconds')).toBe(0);
    expect(valueIn(samples, 'openclaw_task_wait_seconds_count')).toBe(1);
  });

  it('measures how long attempts ran, by type and outcome, and a repeated report once', async () => {
    const [first, second] = [await submit(), await submit()];
    await claim();
    await claim();
    const reports = [
      { taskId: first, exitCode: 1, duration: 1500 },
      { taskId: first, exitCode: 1, duration: 1500 },
      { taskId: second, status: 'timed_out', duration: 30_000 },
    ];
    for (const report of reports) expect(await api.post('/worker/result', report)).toMatchObject({ status: 200 });
    const samples = await scrape();
    const failed = { type: 'command', outcome: 'failed' };
    expect(valueIn(samples, 'openclaw_task_run_seconds_count', failed)).toBe(1);
    expect(valueIn(samples, 'openclaw_task_run_seconds_sum', failed)).toBe(1.5);
    expect(valueIn(samples, 'openclaw_task_run_seconds_sum', { type: 'command', outcome: 'timed_out' })).toBe(30);
  });

  it('measures an attempt whose worker does not say how long it ran', async () => {
    const taskId = await submit();
    await claim();
    await api.post('/worker/result', { taskId, exitCode: 0 });
    const completed = { type: 'command', outcome: 'completed' };
    expect(valueIn(await scrape(), 'openclaw_task_run_seconds_count', completed)).toBe(1);
  });

  it('tells the workers that are there and those that drain', async () => {
    const worker = { name: 'mac', id: '0190b3c0-0000-7000-8000-000000000001', generation: 1 };
    await api.post('/worker/poll', { worker, seq: 1, wait: 0, max: 1, running: [] });
    await claim();
    await api.post('/workers/mac/drain');
    const samples = await scrape();
    expect(valueIn(samples, 'openclaw_workers_online')).toBe(2);
    expect(valueIn(samples, 'openclaw_workers_draining')).toBe(1);
  });

  it('tells how far behind sweeps and schedules are, and what the files take', async () => {
    const samples = await scrape();
    for (const name of ['schedule_lag_seconds', 'schedules_overdue']) {
      expect(valueIn(samples, `openclaw_${name}`)).toBe(0);
    }
    expect(valueIn(samples, 'openclaw_sweep_lag_seconds')).toBeGreaterThanOrEqual(0);
    expect(valueIn(samples, 'openclaw_sqlite_file_bytes')).toBeGreaterThan(0);
    expect(valueIn(samples, 'openclaw_sqlite_wal_bytes')).toBeGreaterThan(0);
    expect(valueIn(samples, 'openclaw_storage_up')).toBe(1);
  });

  it('counts requests by route, whatever their paths and callers were', async () => {
    const id = await submit();
    await api.get(`/tasks/${id}?wait=0`);
    await api.get('/tasks/unknown');
    await api.get('/nothing/here');
    await api.get('/nothing/there', { token: null });
    await api.get('/tasks', { token: 'wrong' });
    const missed = { route: 'other', method: 'GET', status: '404' };
    const samples = await scrapeUntil('openclaw_http_requests_total', missed, 2);
    const requests = (labels: Record<string, string>) => valueIn(samples, 'openclaw_http_requests_total', labels);
    expect(requests({ route: '/tasks', method: 'POST' })).toBe(1);
    expect(requests({ route: '/tasks/:id', status: '200' })).toBe(1);
    expect(requests({ route: '/tasks/:id', status: '404' })).toBe(1);
    expect(requests({ route: '/tasks', status: '401' })).toBe(1);
    expect(samples.flatMap(({ labels }) => Object.values(labels)).join()).not.toMatch(
      /nothing|WORKER_TOKEN|[0-9a-f]{8}-/,
    );
  });

  it('measures calls that are held apart from others', async () => {
    const held = api.get('/worker/poll?wait=60000');
    while ((await api.get('/health')).body.workers === 0) await new Promise(setImmediate);
    const id = await submit();
    await held;
    await api.get(`/tasks/${id}?wait=1`);
    await api.get(`/tasks/${id}?wait=00`);
    const samples = await scrapeUntil('openclaw_http_request_seconds_count', { class: 'held' }, 2);
    expect(valueIn(samples, 'openclaw_http_request_seconds_count', { class: 'client' })).toBe(2);
  });

  it('counts a caller that left before its answer as such', async () => {
    const caller = connect(Number(new URL(api.url).port), '127.0.0.1');
    caller.write(`GET /worker/poll?wait=60000 HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`);
    while ((await api.get('/health')).body.workers === 0) await new Promise(setImmediate);
    caller.destroy();
    await scrapeUntil('openclaw_http_requests_total', { route: '/worker/poll', status: '499' }, 1);
  });

  it('goes on without what the storage does not tell', async () => {
    await submit();
    await scrape();
    const { counts } = api.storage.tasks;
    api.storage.tasks.counts = () => Promise.reject(new StorageUnavailable('away'));
    const without = await scrape();
    expect(valueIn(without, 'openclaw_storage_up')).toBe(0);
    expect(without.filter(({ name }) => /openclaw_(tasks|oldest|schedule)/.test(name))).toEqual([]);
    expect(valueIn(without, 'openclaw_workers_online')).toBe(0);
    api.storage.tasks.counts = counts;
    expect(valueIn(await scrape(), 'openclaw_tasks', { status: 'pending' })).toBe(1);
  });
});

describe('GET /health/ready', () => {
  it('says what it has looked at', async () => {
    const { status, body } = await api.get('/health/ready', { token: null });
    expect({ status, body }).toEqual({
      status: 200,
      body: { status: 'ok', checks: { storage: 'ok', shutdown: 'ok' } },
    });
  });

  it('says that it is the storage, and not where that is', async () => {
    api.storage.tasks.probe = () => Promise.reject(new StorageUnavailable('/var/lib/x.db is away'));
    const { status, body } = await api.get('/health/ready', { token: null });
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'storage_unavailable' });
    expect(body.detail).toBe('storage: the database cannot be reached');
    expect(await api.get('/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('says that the server is stopping', async () => {
    api.shutdown.begin();
    const { status, body } = await api.get('/health/ready', { token: null });
    expect(status).toBe(503);
    expect(body).toMatchObject({ code: 'shutting_down', detail: 'shutdown: the server is stopping' });
  });
});
