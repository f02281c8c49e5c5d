import { expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { AttemptEnd } from '../../domain/webhook.js';
import type { Dispatch, NewWebhook } from '../webhook-store.js';
import { aResult, aTask, operator } from './builders.js';
import { MAX_PENDING, type MakeStore, storeFixture } from './store-fixture.js';

const HOUR = 3_600_000;
const LIMITS = { all: 10, perOrigin: 2 };
const taken: AttemptEnd = { delivered: true, status: 200, error: null, retryAfter: null };
const refused: AttemptEnd = { delivered: false, status: 500, error: 'it answered 500', retryAfter: null };

/** The behaviour that every adapter of the port shows. */
export function describeWebhookStore(makeStore: MakeStore): void {
  const { webhooks, store, workers, now, advance, reopen, auditTrail, submit, claim, report, poll, held, changes } =
    storeFixture(makeStore);

  const aWebhook = (change: Partial<NewWebhook> = {}): NewWebhook => ({
    id: uuidv7(),
    url: 'https://example.org/hook',
    events: ['task.*'],
    description: '',
    enabled: true,
    ...change,
  });
  const create = (change: Partial<NewWebhook> = {}) =>
    webhooks().create(aWebhook(change), 'whsec_first', operator, now());
  const all = async () => (await webhooks().deliveries({ webhookId: null, state: null }, 100, null)).deliveries;
  const due = (busy: Dispatch[] = [], limits = LIMITS) => webhooks().due(now(), limits, busy);
  const end = async (change: Parameters<typeof aTask>[0] = {}, result: Parameters<typeof aResult>[0] = {}) => {
    const { id } = await submit(change);
    await claim();
    await report(id, { result: aResult(result) });
    return id;
  };
  const toldIn = (entries: Awaited<ReturnType<typeof auditTrail>>) => entries.map(({ action }) => action);

  it('keeps a webhook and its secret over a restart', async () => {
    const made = await create({ description: 'deploys' });
    await reopen();
    expect(await webhooks().find(made.id)).toEqual(made);
    expect(await webhooks().secrets(made.id, 'whsec_other', now())).toEqual(['whsec_first']);
    expect(await webhooks().find(uuidv7())).toBeNull();
  });

  it('writes what it is told in the transaction of the change, once for each that asks for it', async () => {
    const first = await create();
    const second = await create({ url: 'https://second.example.org', events: ['task.completed'] });
    await create({ events: ['worker.*'] });
    const taskId = await end({ webhook: 'https://own.example.org/path' });
    await reopen();
    const written = await all();
    expect(written.map(({ webhookId, url }) => [webhookId, url]).sort()).toEqual(
      [
        [first.id, first.url],
        [second.id, second.url],
        [null, 'https://own.example.org/path'],
      ].sort(),
    );
    for (const delivery of written) {
      expect(delivery).toMatchObject({ type: 'task.completed', taskId, state: 'pending', attempts: 0 });
    }
    const [dispatch] = await due();
    expect(JSON.parse(dispatch?.body ?? '')).toMatchObject({
      action: 'task.completed',
      task: { id: taskId, result: { exitCode: 0 } },
    });
    expect(changes()).not.toContainEqual({ kind: 'delivery' });
  });

  it('announces what is to be sent, and nothing while nobody asks', async () => {
    await end();
    expect(changes()).not.toContainEqual({ kind: 'delivery' });
    expect(await all()).toEqual([]);
    await create();
    await end();
    expect(changes()).toContainEqual({ kind: 'delivery' });
  });

  it('writes nothing for work that is undone, and what its neighbours write stays', async () => {
    await create({ events: ['task.*', 'worker.*'] });
    const { id } = await submit();
    await claim();
    const tooMany = Array.from({ length: MAX_PENDING + 1 }, () => aTask());
    const results = await Promise.allSettled([
      store().submit(tooMany, null, operator, now()),
      report(id),
      store().submit(tooMany, null, operator, now()),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
    expect(await all()).toMatchObject([{ taskId: id }]);
  });

  it('tells of the last end of a task alone, and of a lost one whose worker has come back', async () => {
    await create();
    const retried = await end(
      { retry: { maxAttempts: 2, on: ['failed'], delay: 1 } },
      { outcome: 'failed', exitCode: 1 },
    );
    expect(await all()).toEqual([]);
    advance(10);
    await store().promoteDue(now(), 10);
    await claim();
    await report(retried, { attempt: 2, result: aResult({ outcome: 'failed', exitCode: 1 }) });
    expect(await all()).toMatchObject([{ type: 'task.failed', taskId: retried }]);

    const { id: lost } = await submit();
    const running = held(await poll());
    await poll({ max: 0, running });
    advance(2 * 60_000);
    await store().loseLapsed(now(), 10);
    await poll({ max: 0, running });
    await report(lost, { attempt: 1, reporter: { tokenId: 'environment', workerName: 'mac' } });
    expect((await all()).filter(({ taskId }) => taskId === lost).map(({ type }) => type)).toEqual([
      'task.completed',
      'task.lost',
    ]);
  });

  it('tells of workers that come and go', async () => {
    await create({ events: ['worker.*'] });
    await poll({ max: 0 });
    await poll({ max: 0 });
    await workers().markOffline('mac', operator, now());
    expect((await all()).map(({ type }) => type)).toEqual(['worker.offline', 'worker.registered']);
  });

  it('hands out what is due: the longest first, few of each origin, none that is under way', async () => {
    for (let n = 0; n < 4; n++) {
      await end({ webhook: `https://slow.example.org/${n}` });
      advance(1);
    }
    await end({ webhook: 'https://other.example.org/' });
    const first = await due();
    expect(first.map(({ url }) => url)).toEqual([
      'https://slow.example.org/0',
      'https://slow.example.org/1',
      'https://other.example.org/',
    ]);
    expect(await due(first)).toEqual([]);
    expect(await due([], { all: 1, perOrigin: 2 })).toHaveLength(1);
    const [done, ...busy] = first;
    await webhooks().settle(done?.id ?? '', taken, now());
    expect((await due(busy)).map(({ url }) => url)).toEqual(['https://slow.example.org/2']);
  });

  it('has what was not settled due again after a restart, under the same id and with the same body', async () => {
    await create();
    await end();
    const before = await due();
    await reopen();
    expect(await due()).toEqual(before);
  });

  it('settles: what was taken ends, what was not is due again later', async () => {
    const { id } = await create();
    await end();
    const [dispatch] = await due();
    const delivery = dispatch?.id ?? '';
    await webhooks().settle(delivery, refused, now());
    expect(await webhooks().delivery(delivery)).toMatchObject({ state: 'pending', attempts: 1, responseStatus: 500 });
    expect(await due()).toEqual([]);
    expect(await webhooks().find(id)).toMatchObject({ failingSince: now().wall });
    advance(HOUR);
    expect(await due()).toEqual([dispatch]);
    await webhooks().settle(delivery, taken, now());
    expect(await webhooks().delivery(delivery)).toMatchObject({ state: 'delivered', attempts: 2, nextAttemptAt: null });
    expect(await webhooks().find(id)).toMatchObject({ failingSince: null });
    expect(toldIn(await auditTrail()).filter((action) => action.startsWith('webhook.'))).toEqual([
      'webhook.created',
      'webhook.delivered',
    ]);
    // It was removed meanwhile, as with its webhook.
    await webhooks().settle(uuidv7(), taken, now());
  });

  it('keeps what waits for a paused webhook, and sends it to where it goes by then', async () => {
    const { id } = await create();
    await end();
    await webhooks().update(id, { enabled: false }, operator, now());
    expect(await due()).toEqual([]);
    await end();
    expect(await all()).toHaveLength(1);
    await webhooks().update(id, { url: 'https://moved.example.org/', enabled: true }, operator, now());
    expect(await due()).toMatchObject([{ url: 'https://moved.example.org/', origin: 'https://moved.example.org' }]);
  });

  it('takes the deliveries and secrets of a webhook along when it is removed', async () => {
    const { id } = await create();
    await end();
    expect(await webhooks().remove(id, operator, now())).toBe(true);
    expect(await all()).toEqual([]);
    expect(await webhooks().secrets(id, 'whsec_other', now())).toEqual([]);
    expect(await webhooks().remove(id, operator, now())).toBe(false);
    await end();
    expect(await all()).toEqual([]);
  });

  it('rotates: the secret before signs until its time, the ones before that end', async () => {
    const { id } = await create();
    const rotate = (secret: string, until: number | null) => webhooks().rotate(id, secret, until, operator, now());
    const secrets = () => webhooks().secrets(id, 'whsec_other', now());
    await rotate('whsec_second', now().wall + HOUR);
    expect(await secrets()).toEqual(['whsec_second', 'whsec_first']);
    await rotate('whsec_third', now().wall + HOUR);
    expect(await secrets()).toEqual(['whsec_third', 'whsec_second']);
    advance(HOUR);
    expect(await secrets()).toEqual(['whsec_third']);
    await rotate('whsec_fourth', null);
    expect(await secrets()).toEqual(['whsec_fourth']);
  });

  it('makes the secret of tasks at its first use, and rotates it', async () => {
    expect(await webhooks().secrets(null, 'whsec_a', now())).toEqual(['whsec_a']);
    expect(await webhooks().secrets(null, 'whsec_b', now())).toEqual(['whsec_a']);
    await webhooks().rotateTaskSecret('whsec_c', now().wall + 1, operator, now());
    expect(await webhooks().secrets(null, 'whsec_d', now())).toEqual(['whsec_c', 'whsec_a']);
  });

  it('removes what is old, but for what is still tried', async () => {
    await end({ webhook: 'https://one.example.org' });
    await end({ webhook: 'https://two.example.org' });
    const [first] = await due();
    await webhooks().settle(first?.id ?? '', taken, now());
    advance(1);
    expect(await webhooks().removeOld(now().wall, 10)).toBe(1);
    expect(await all()).toMatchObject([{ state: 'pending' }]);
  });
}
