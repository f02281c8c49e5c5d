import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { Clock } from '../src/domain/clock.js';
import { Deliverer } from '../src/webhooks/deliverer.js';
import { type ApiServer, startApi } from './api-server.js';
import { type Received, Receiver } from './receiver.js';

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The real time, which a test puts forward. */
class ShiftedClock implements Clock {
  private ahead = 0;

  now() {
    return { wall: Date.now() + this.ahead, monotonic: performance.now() + this.ahead };
  }

  advance(ms: number): void {
    this.ahead += ms;
  }
}

let api: ApiServer;
let receiver: Receiver;
let clock: ShiftedClock;
const lines: string[] = [];
beforeEach(async () => {
  lines.length = 0;
  clock = new ShiftedClock();
  receiver = await Receiver.listen();
  const log = (line: string) => lines.push(line);
  api = await startApi({ WEBHOOK_ALLOWED_ADDRESSES: '127.0.0.1', RETENTION_DAYS: '30' }, { log, clock });
});
afterEach(async () => {
  await api.close();
  await receiver.close();
});

const create = async (change: object = {}) => (await api.post('/webhooks', { url: receiver.url, ...change })).body;
const read = async (id: string) => (await api.get(`/webhooks/${id}`)).body;
const deliveriesOf = async (id: string) => (await api.get(`/webhooks/${id}/deliveries`)).body.items;
const messages = (received: readonly Received[]) => received.map(({ body }) => JSON.parse(body));
const auditOf = async (action: string) => (await api.get(`/audit?action=${action}`)).body.items;

/** Runs a task to its end as a simple worker does. */
async function run(task: object, result: object = { exitCode: 0 }): Promise<string> {
  const { body } = await api.post('/tasks', { command: 'true', ...task });
  await api.get('/worker/poll?wait=0');
  const reported = await api.post('/worker/result', { taskId: body.taskId, ...result });
  expect(reported.status).toBe(200);
  return body.taskId;
}

/** What became of a delivery once it has had `attempts`. */
async function tried(id: string, attempts: number) {
  for (;;) {
    const { body } = await api.get(`/webhooks/deliveries/${id}`);
    if (body.attempts >= attempts) return body;
    await new Promise(setImmediate);
  }
}

/** Puts the time forward to the next attempt of a delivery. */
async function untilNextAttempt(id: string): Promise<number> {
  const { body } = await api.get(`/webhooks/deliveries/${id}`);
  const pause = body.nextAttemptAt - clock.now().wall;
  clock.advance(pause);
  void api.app.get(Deliverer).look();
  return pause;
}

describe('what a webhook is told', () => {
  it('is the record of a task that has ended, signed as Standard Webhooks has it', async () => {
    const { id, secret } = await create();
    const taskId = await run({ metadata: { requestedBy: 'phone' } }, { exitCode: 3, stdout: 'out', stderr: 'err' });
    const [{ headers, body, method, path }] = (await receiver.first(1)) as [Received];
    expect([method, path]).toEqual(['POST', '/hook']);
    const message = new Webhook(secret).verify(body, headers);
    expect(message).toEqual({
      type: 'task.failed',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      data: expect.objectContaining({
        taskId,
        status: 'failed',
        command: 'true',
        exitCode: 3,
        stdout: 'out',
        stderr: 'err',
        labels: { requestedBy: 'phone' },
        cut: [],
        links: { task: `/tasks/${taskId}`, output: `/tasks/${taskId}/output` },
      }),
    });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^OpenClaw-Worker\//),
    });
    const [delivery] = await deliveriesOf(id);
    expect(headers['webhook-id']).toBe(delivery.id);
    expect(await tried(delivery.id, 1)).toMatchObject({
      state: 'delivered',
      responseStatus: 204,
      error: null,
      taskId,
      body,
    });
    expect(await auditOf('webhook.delivered')).toMatchObject([
      {
        target: id,
        taskId,
        outcome: 'success',
        actor: { name: 'system' },
        detail: { delivery: delivery.id, attempts: 1 },
      },
    ]);
  });

  it('is what it asks for, and a further attempt of a task is no end', async () => {
    await create({ events: ['task.*', 'worker.*', 'schedule.*'] });
    const { body: schedule } = await api.post('/schedules', { name: 'now', cron: '@daily', task: { command: 'true' } });
    await api.post(`/schedules/${schedule.id}/run`, {});
    const worker = { name: 'mac', id: '0190b3c0-0000-7000-8000-000000000001', generation: 1, hostname: 'mac.local' };
    await api.post('/worker/poll', { worker, seq: 1, wait: 0, max: 0 });
    await api.post('/worker/poll', { worker, seq: 2, wait: 0, max: 0, draining: true });
    await run({ priority: 9, maxAttempts: 2, retryDelay: 60_000 }, { exitCode: 1 });
    const done = await run({ priority: 10 });
    const told = messages(await receiver.first(4));
    expect(told.map(({ type }) => type).sort()).toEqual([
      'schedule.fired',
      'task.completed',
      'worker.offline',
      'worker.registered',
    ]);
    const about = (type: string) => told.find((message) => message.type === type).data;
    expect(about('schedule.fired')).toMatchObject({ id: schedule.id, name: 'now', manual: true });
    expect(about('worker.registered')).toMatchObject({ name: 'mac', hostname: 'mac.local' });
    expect(about('worker.offline')).toEqual({ name: 'mac' });
    expect(about('task.completed')).toMatchObject({ taskId: done });
    expect((await api.get('/webhooks/deliveries')).body.items).toHaveLength(4);
  });

  it('is nothing while nobody asks for it', async () => {
    await create({ events: ['task.expired'] });
    await create({ enabled: false });
    await run({});
    expect((await api.get('/webhooks/deliveries')).body.items).toEqual([]);
  });

  it('goes to the webhook of the task as well, signed with the secret of tasks', async () => {
    const { body: known } = await api.post('/webhooks/task-secret/rotate', {});
    const taskId = await run({ webhook: `${receiver.url}?key=mine` });
    const [{ path, headers, body }] = (await receiver.first(1)) as [Received];
    expect(path).toBe('/hook?key=mine');
    expect(new Webhook(known.secret).verify(body, headers)).toMatchObject({ type: 'task.completed', data: { taskId } });
    // Where else it is told is the business of nobody who is told.
    expect(body).not.toContain('key=mine');
    const { items } = (await api.get('/webhooks/deliveries')).body;
    expect(items).toMatchObject([{ id: headers['webhook-id'], webhookId: null, url: `${receiver.url}?key=mine` }]);
  });

  it('is told of the cancel of a waiting task, and of one that expires', async () => {
    const { body: waiting } = await api.post('/tasks', { command: 'true', webhook: receiver.url });
    await api.post(`/tasks/${waiting.taskId}/cancel`, {});
    await receiver.first(1);
    await api.post('/tasks', { command: 'true', webhook: receiver.url, expiresIn: 1 });
    const told = messages(await receiver.first(2));
    expect(told.map(({ type }) => type)).toEqual(['task.cancelled', 'task.expired']);
  });

  it('takes less than 20 kB, with the head and the tail of what is long and a link to the rest', async () => {
    await create();
    const line = '"ünï\u0001\n';
    const stdout = `BEGIN${line.repeat(50_000)}END`;
    await run(
      { command: `: ${'x'.repeat(50_000)}`, metadata: { large: 'y'.repeat(10_000) } },
      { exitCode: 0, stdout, stderr: 'short' },
    );
    const [{ body }] = (await receiver.first(1)) as [Received];
    expect(Buffer.byteLength(body)).toBeLessThan(20_000);
    expect(Buffer.byteLength(body)).toBeGreaterThan(15_000);
    const { data } = JSON.parse(body);
    expect(data.stdout).toMatch(/^BEGIN[\s\S]+\n\[… \d+ bytes left out …\]\n[\s\S]+END$/);
    expect(data.stdout.isWellFormed()).toBe(true);
    expect(data).toMatchObject({ stderr: 'short', cut: ['command', 'labels', 'stdout'] });
    expect(data.labels).toBeUndefined();
    expect((await api.get(data.links.task)).body.stdout).toBe(stdout);
  });

  it('is a message of its own when it is tried out', async () => {
    const { id, secret } = await create({ events: ['worker.offline'] });
    const { body: sent } = await api.post(`/webhooks/${id}/test`, {});
    expect(sent).toMatchObject({ webhookId: id, type: 'ping', state: 'pending', attempts: 0 });
    const [{ headers, body }] = (await receiver.first(1)) as [Received];
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'ping', data: { webhookId: id } });
    await api.call('PATCH', `/webhooks/${id}`, { body: { enabled: false } });
    expect(await api.post(`/webhooks/${id}/test`, {})).toMatchObject({
      status: 409,
      body: { code: 'webhook_disabled' },
    });
  });
});

describe('a secret that is rotated', () => {
  it('signs beside the new one for its grace, and no longer', async () => {
    const { id, secret: old } = await create();
    const { body: rotated } = await api.post(`/webhooks/${id}/rotate`, { graceMs: HOUR });
    await run({});
    const [both] = (await receiver.first(1)) as [Received];
    expect(both.headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const secret of [old, rotated.secret])
      expect(() => new Webhook(secret).verify(both.body, both.headers)).not.toThrow();
    await api.post(`/webhooks/${id}/rotate`, {});
    await run({});
    const [, one] = (await receiver.first(2)) as [Received, Received];
    expect(one.headers['webhook-signature']?.split(' ')).toHaveLength(1);
    for (const secret of [old, rotated.secret])
      expect(() => new Webhook(secret).verify(one.body, one.headers)).toThrow();
  });

  it('of tasks overlaps in the same way', async () => {
    const { body: first } = await api.post('/webhooks/task-secret/rotate', {});
    const { body: second } = await api.post('/webhooks/task-secret/rotate', { graceMs: HOUR });
    await run({ webhook: receiver.url });
    const [{ headers, body }] = (await receiver.first(1)) as [Received];
    for (const { secret } of [first, second]) expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
  });
});

describe('a message that is not taken', () => {
  it('is sent again with growing pauses, the same bytes under the same id, until it is taken', async () => {
    receiver.answerStatus(503);
    const { id, secret } = await create();
    await run({});
    const [{ id: delivery }] = await deliveriesOf(id);
    const pauses: number[] = [];
    for (let attempts = 1; attempts < 4; attempts++) {
      await receiver.first(attempts);
      expect(await tried(delivery, attempts)).toMatchObject({
        state: 'pending',
        responseStatus: 503,
        error: 'it answered 503',
      });
      pauses.push(await untilNextAttempt(delivery));
    }
    const [first = 0, second = 0, third = 0] = pauses;
    expect(first).toBeGreaterThan(4 * SECOND);
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThan(second);
    expect((await read(id)).failingSince).toEqual(expect.any(Number));
    await tried(delivery, 4);
    receiver.answerStatus(200);
    await untilNextAttempt(delivery);
    const received = await receiver.first(5);
    expect(await tried(delivery, 5)).toMatchObject({ state: 'delivered', nextAttemptAt: null });
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([delivery]));
    expect(new Set(received.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(5);
    for (const { headers, body } of received) {
      const at = new Date(Number(headers['webhook-timestamp']) * 1000);
      expect(headers['webhook-signature']).toBe(new Webhook(secret).sign(delivery, at, body));
    }
    expect((await read(id)).failingSince).toBeNull();
  });

  it('is given up after a day, with an audit entry, and can be sent again then', async () => {
    receiver.answerStatus(500);
    const { id } = await create();
    await run({});
    const [{ id: delivery, createdAt }] = await deliveriesOf(id);
    await tried(delivery, 1);
    clock.advance(DAY);
    void api.app.get(Deliverer).look();
    const failed = await tried(delivery, 2);
    expect(failed).toMatchObject({ state: 'failed', nextAttemptAt: null });
    expect(failed.lastAttemptAt).toBeGreaterThanOrEqual(createdAt + DAY);
    expect(await auditOf('webhook.failed')).toMatchObject([
      { target: id, outcome: 'failure', detail: { delivery, attempts: 2, status: 500, error: 'it answered 500' } },
    ]);
    receiver.answerStatus(200);
    expect((await api.post(`/webhooks/deliveries/${delivery}/resend`, {})).body).toMatchObject({ state: 'pending' });
    expect(await tried(delivery, 1)).toMatchObject({ state: 'delivered', attempts: 1 });
    const received = await receiver.first(3);
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    expect((await api.get(`/webhooks/${id}/deliveries?state=delivered`)).body.items).toHaveLength(1);
    expect((await api.get(`/webhooks/${id}/deliveries?state=failed`)).body.items).toEqual([]);
  });

  it.each([
    ['seconds', () => '3600'],
    ['a date', () => new Date(clock.now().wall + HOUR).toUTCString()],
  ])('waits as long as Retry-After says in %s', async (_, retryAfter) => {
    receiver.answerStatus(429, { 'Retry-After': retryAfter() });
    const { id } = await create();
    await run({});
    const [{ id: delivery }] = await deliveriesOf(id);
    const { nextAttemptAt, lastAttemptAt } = await tried(delivery, 1);
    expect(nextAttemptAt - lastAttemptAt).toBeGreaterThan(HOUR - 5 * SECOND);
    expect(nextAttemptAt - lastAttemptAt).toBeLessThanOrEqual(HOUR + SECOND);
  });

  it('does not wait for longer than half a day, whatever Retry-After says', async () => {
    receiver.answerStatus(503, { 'Retry-After': '999999999' });
    const { id } = await create();
    await run({});
    const [{ id: delivery }] = await deliveriesOf(id);
    const { nextAttemptAt, lastAttemptAt } = await tried(delivery, 1);
    expect(nextAttemptAt - lastAttemptAt).toBe(DAY / 2);
  });

  it('does not follow a redirect', async () => {
    const other = await Receiver.listen();
    receiver.answerStatus(307, { Location: other.url });
    const { id } = await create();
    await run({});
    const [{ id: delivery }] = await deliveriesOf(id);
    expect(await tried(delivery, 1)).toMatchObject({
      state: 'pending',
      responseStatus: 307,
      error: 'it answered 307, and redirects are not followed: give the URL that it leads to',
    });
    expect(other.received).toEqual([]);
    await other.close();
  });

  it('tells nothing of its URL in the log', async () => {
    receiver.answerStatus(500);
    await create({ url: `${receiver.url}/path-secret?key=query-secret` });
    await run({ webhook: `${receiver.url}/path-secret?key=query-secret` });
    const { items } = (await api.get('/webhooks/deliveries')).body;
    for (const delivery of items) await tried(delivery.id, 1);
    expect(lines.filter((line) => line.includes('was not delivered'))).toHaveLength(2);
    const audit = JSON.stringify((await api.get('/audit?limit=200')).body);
    for (const secret of ['path-secret', 'query-secret', 'whsec_']) {
      expect(lines.join('')).not.toContain(secret);
      expect(audit).not.toContain(secret);
    }
  });
});

describe('a receiver that wants nothing any more', () => {
  it('has its webhook disabled by 410, at once and with an audit entry', async () => {
    receiver.answerStatus(410);
    const { id } = await create();
    await run({});
    const [{ id: delivery }] = await deliveriesOf(id);
    expect(await tried(delivery, 1)).toMatchObject({ state: 'failed', responseStatus: 410 });
    expect(await read(id)).toMatchObject({ enabled: false, disabledReason: 'gone' });
    expect(await auditOf('webhook.disabled')).toMatchObject([
      { target: id, outcome: 'failure', actor: { name: 'system' }, detail: { reason: 'gone', status: 410 } },
    ]);
    await run({});
    expect(await deliveriesOf(id)).toHaveLength(1);
    expect(await api.post(`/webhooks/deliveries/${delivery}/resend`, {})).toMatchObject({
      status: 409,
      body: { code: 'webhook_disabled' },
    });
  });

  it('ends the delivery of a task, too', async () => {
    receiver.answerStatus(410);
    await run({ webhook: receiver.url });
    const [{ id }] = (await api.get('/webhooks/deliveries')).body.items;
    expect(await tried(id, 1)).toMatchObject({ state: 'failed', attempts: 1 });
  });

  it('is disabled after three days of nothing but failure', async () => {
    receiver.answerStatus(500);
    const { id } = await create();
    await run({});
    const [{ id: first }] = await deliveriesOf(id);
    await tried(first, 1);
    clock.advance(3 * DAY - HOUR);
    void api.app.get(Deliverer).look();
    expect(await tried(first, 2)).toMatchObject({ state: 'failed' });
    expect(await read(id)).toMatchObject({ enabled: true });
    clock.advance(HOUR);
    await run({});
    const [{ id: newest }] = await deliveriesOf(id);
    await tried(newest, 1);
    expect(await read(id)).toMatchObject({ enabled: false, disabledReason: 'failing' });
    expect(await auditOf('webhook.disabled')).toMatchObject([{ target: id, detail: { reason: 'failing' } }]);
    // What waits is kept, and goes on when somebody has mended the receiver.
    receiver.answerStatus(200);
    await api.call('PATCH', `/webhooks/${id}`, { body: { enabled: true } });
    expect(await tried(newest, 1)).toMatchObject({ state: 'delivered' });
    expect(await read(id)).toMatchObject({ enabled: true, disabledReason: null, failingSince: null });
  });
});

describe('a webhook that is paused', () => {
  it('keeps what waits, is told nothing new, and goes on to its new URL', async () => {
    receiver.answerStatus(500);
    const { id } = await create();
    await run({});
    const [{ id: delivery }] = await deliveriesOf(id);
    await tried(delivery, 1);
    await api.call('PATCH', `/webhooks/${id}`, { body: { enabled: false } });
    await run({});
    expect(await deliveriesOf(id)).toMatchObject([{ id: delivery, state: 'pending', nextAttemptAt: null }]);
    const other = await Receiver.listen();
    await api.call('PATCH', `/webhooks/${id}`, { body: { url: other.url, enabled: true } });
    const [moved] = (await other.first(1)) as [Received];
    expect(moved.headers['webhook-id']).toBe(delivery);
    await other.close();
  });

  it('takes its deliveries along when it is removed', async () => {
    receiver.answerStatus(500);
    const { id } = await create();
    await run({});
    const [{ id: delivery }] = await deliveriesOf(id);
    await tried(delivery, 1);
    await api.call('DELETE', `/webhooks/${id}`);
    expect((await api.get(`/webhooks/deliveries/${delivery}`)).status).toBe(404);
  });
});

describe('old deliveries', () => {
  it('are removed as old tasks are, but for those that are still tried', async () => {
    const { id } = await create();
    await run({});
    await receiver.first(1);
    const [{ id: delivered }] = await deliveriesOf(id);
    await tried(delivered, 1);
    clock.advance(30 * DAY + 1);
    receiver.answerStatus(500);
    await run({});
    await api.app.get(Deliverer).removeOld();
    const [left, ...others] = await deliveriesOf(id);
    expect(left.id).not.toBe(delivered);
    expect(others).toEqual([]);
  });
});

describe('receivers that do not answer', () => {
  it('take the places of no other, and few of their own', async () => {
    const held: (() => void)[] = [];
    receiver.answer = (response) => held.push(() => response.writeHead(204).end());
    for (let n = 0; n < 6; n++) await run({ webhook: receiver.url });
    await receiver.first(4);
    const other = await Receiver.listen();
    await run({ webhook: other.url });
    await other.first(1);
    expect(receiver.received).toHaveLength(4);
    receiver.answerStatus(204);
    for (const release of held) release();
    await receiver.first(6);
    await other.close();
  });
});
