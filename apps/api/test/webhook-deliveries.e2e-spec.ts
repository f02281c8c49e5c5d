import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { Deliverer } from '../src/webhooks/deliverer.js';
import { parseExposition } from './exposition.js';
import { type Received, Receiver } from './receiver.js';
import {
  api,
  auditOf,
  clock,
  create,
  DAY,
  deliveriesOf,
  HOUR,
  lines,
  look,
  receiver,
  run,
  SECOND,
  tried,
} from './webhook-fixture.js';

const read = async (id: string) => (await api.get(`/webhooks/${id}`)).body;

/** Puts the time forward to the next attempt of a delivery. */
async function untilNextAttempt(id: string): Promise<number> {
  const { body } = await api.get(`/webhooks/deliveries/${id}`);
  const pause = body.nextAttemptAt - clock.now().wall;
  clock.advance(pause);
  look();
  return pause;
}

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
    look();
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

  it('is counted with those that are, as an attempt each', async () => {
    receiver.answerStatus(500);
    const { id } = await create();
    await run({});
    const [{ id: delivery }] = await deliveriesOf(id);
    await tried(delivery, 1);
    receiver.answerStatus(204);
    await untilNextAttempt(delivery);
    await tried(delivery, 2);
    const { samples } = parseExposition((await api.get('/metrics')).body);
    const counted = samples.filter(({ name }) => name === 'openclaw_webhook_attempts_total');
    expect(counted.map(({ labels, value }) => [labels.outcome, value])).toEqual([
      ['delivered', 1],
      ['failed', 1],
    ]);
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
    look();
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

describe('a webhook that is given another URL', () => {
  it('goes there with what is under way, whatever the receiver of before answers', async () => {
    const held: (() => void)[] = [];
    receiver.answer = (response) => held.push(() => response.writeHead(410).end());
    const { id } = await create();
    await run({});
    await receiver.first(1);
    const [{ id: delivery }] = await deliveriesOf(id);
    const other = await Receiver.listen();
    await api.call('PATCH', `/webhooks/${id}`, { body: { url: other.url } });
    for (const release of held) release();
    const [moved] = (await other.first(1)) as [Received];
    expect(moved.headers['webhook-id']).toBe(delivery);
    expect(await tried(delivery, 1)).toMatchObject({ state: 'delivered', url: other.url, attempts: 1 });
    expect(await read(id)).toMatchObject({ enabled: true, failingSince: null });
    expect(receiver.received).toHaveLength(1);
    await other.close();
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
    // Another port of the host, which is no other receiver to tasks.
    await run({ webhook: other.url });
    await create({ url: other.url });
    const taskId = await run({});
    const [told] = (await other.first(1)) as [Received];
    expect(JSON.parse(told.body)).toMatchObject({ data: { taskId } });
    expect(other.received).toHaveLength(1);
    expect(receiver.received).toHaveLength(4);
    receiver.answerStatus(204);
    for (const release of held) release();
    await receiver.first(6);
    await other.first(2);
    await other.close();
  });
});
