import { expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { AttemptEnd } from '../../domain/webhook.js';
import type { Dispatch, DispatchLimits, NewWebhook } from '../webhook-store.js';
import { aResult, aTask, operator } from './builders.js';
import { MAX_PENDING, type MakeStore, storeFixture } from './store-fixture.js';

const HOUR = 3_600_000;
const LIMITS: DispatchLimits = { all: 10, perOrigin: 2 };
const taken: AttemptEnd = { delivered: true, status: 200, error: null, retryAfter: null };
const gone: AttemptEnd = { delivered: false, status: 410, error: 'it answered 410', retryAfter: null };
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
  const first = async (webhookId?: string) => {
    const found = (await due()).find((one) => webhookId === undefined || one.webhookId === webhookId);
    if (!found) throw new Error('nothing is due');
    return found;
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
    const begun = await due();
    expect(begun.map(({ url }) => url)).toEqual([
      'https://slow.example.org/0',
      'https://slow.example.org/1',
      'https://other.example.org/',
    ]);
    expect(await due(begun)).toEqual([]);
    expect(await due([], { all: 1, perOrigin: 2 })).toHaveLength(1);
    const [, ...busy] = begun;
    await webhooks().settle(await first(), taken, now());
    expect((await due(busy)).map(({ url }) => url)).toEqual(['https://slow.example.org/2']);
  });

  it('takes the ports of a host for one receiver of tasks, and for others with standing webhooks', async () => {
    const { id } = await create({ url: 'https://one.example.org:8443', events: ['worker.*'] });
    for (const url of ['http://one.example.org', 'https://one.example.org', 'https://one.example.org:8443']) {
      await end({ webhook: url });
      advance(1);
    }
    await end({ webhook: 'https://one.example.org.:8444' });
    await poll({ max: 0 });
    expect((await due()).map(({ webhookId, url }) => [webhookId, url])).toEqual([
      [null, 'http://one.example.org'],
      [null, 'https://one.example.org'],
      [id, 'https://one.example.org:8443'],
    ]);
  });

  it('leaves places for standing webhooks, however many hosts tasks name', async () => {
    const { id } = await create({ events: ['worker.*'] });
    for (let n = 0; n < 4; n++) await end({ webhook: `https://host-${n}.example.org` });
    advance(1);
    await poll({ max: 0 });
    const limits = { all: 4, forTasks: 2, perOrigin: 2 };
    const begun = await due([], limits);
    expect(begun.map(({ webhookId }) => webhookId)).toEqual([null, null, id]);
    expect(await due(begun, limits)).toEqual([]);
  });

  it('looks at some of very many hosts at a time, and comes to each', async () => {
    const hosts = Array.from({ length: 300 }, (_, n) => `https://host-${n}.example.org/`);
    for (const webhook of hosts) await end({ webhook });
    const seen: string[] = [];
    const looks: number[] = [];
    for (let n = 0; n < 2; n++) {
      const found = await due([], { all: 1000, perOrigin: 4 });
      looks.push(found.length);
      seen.push(...found.map(({ url }) => url));
    }
    expect(Math.max(...looks)).toBeLessThan(hosts.length);
    expect([...new Set(seen)].sort()).toEqual(hosts.sort());
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
    const dispatch = await first();
    const delivery = dispatch.id;
    await webhooks().settle(dispatch, refused, now());
    expect(await webhooks().delivery(delivery)).toMatchObject({ state: 'pending', attempts: 1, responseStatus: 500 });
    expect(await due()).toEqual([]);
    expect(await webhooks().find(id)).toMatchObject({ failingSince: now().wall });
    advance(HOUR);
    expect(await due()).toEqual([dispatch]);
    await webhooks().settle(dispatch, taken, now());
    expect(await webhooks().delivery(delivery)).toMatchObject({ state: 'delivered', attempts: 2, nextAttemptAt: null });
    expect(await webhooks().find(id)).toMatchObject({ failingSince: null });
    expect(toldIn(await auditTrail()).filter((action) => action.startsWith('webhook.'))).toEqual([
      'webhook.created',
      'webhook.delivered',
    ]);
    // It was removed meanwhile, as with its webhook.
    await webhooks().settle({ id: uuidv7(), url: dispatch.url }, taken, now());
  });

  it('sends a message again to where its webhook goes by then', async () => {
    const { id } = await create();
    await end();
    const dispatch = await first();
    await webhooks().settle(dispatch, taken, now());
    await webhooks().update(id, { url: 'https://moved.example.org/' }, operator, now());
    const resent = await webhooks().resend(dispatch.id, operator, now());
    expect(resent).toMatchObject({ url: 'https://moved.example.org/', state: 'pending', attempts: 0 });
    expect(await due()).toMatchObject([{ id: dispatch.id, origin: 'https://moved.example.org' }]);
    expect((await auditTrail()).at(-1)).toMatchObject({ detail: { to: 'https://moved.example.org' } });
  });

  it.each([
    ['410', gone],
    ['a failure', refused],
    ['an answer that takes it', taken],
  ])('heeds %s of a receiver that a webhook goes to no more in nothing', async (_, answer) => {
    const { id } = await create();
    await end();
    const dispatch = await first();
    const webhook = await webhooks().update(id, { url: 'https://moved.example.org/' }, operator, now());
    const [delivery] = await all();
    await webhooks().settle(dispatch, answer, now());
    expect(await all()).toEqual([delivery]);
    expect(await webhooks().find(id)).toEqual(webhook);
    expect(await due()).toMatchObject([{ id: dispatch.id, url: 'https://moved.example.org/' }]);
  });

  it('begins anew with another URL, but for what is paused', async () => {
    const { id } = await create();
    await end();
    const patient = { ...refused, retryAfter: 10 * HOUR };
    await webhooks().settle(await first(), patient, now());
    advance(HOUR);
    const move = (url: string) => webhooks().update(id, { url }, operator, now());
    expect(await move('https://moved.example.org/')).toMatchObject({ failingSince: null });
    expect(await due()).toMatchObject([{ url: 'https://moved.example.org/' }]);
    await webhooks().update(id, { enabled: false }, operator, now());
    await move('https://second.example.org/');
    expect(await due()).toEqual([]);
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
    await webhooks().settle(await first(), taken, now());
    advance(1);
    expect(await webhooks().removeOld(now().wall, 10)).toBe(1);
    expect(await all()).toMatchObject([{ state: 'pending' }]);
  });

  it('keeps what waits for a paused webhook, and for one that was disabled, however old it is', async () => {
    const paused = await create({ url: 'https://paused.example.org/' });
    const disabled = await create({ url: 'https://disabled.example.org/' });
    await end();
    await end();
    await webhooks().settle(await first(disabled.id), gone, now());
    await webhooks().update(paused.id, { enabled: false }, operator, now());
    advance(1000 * HOUR);
    expect(await webhooks().removeOld(now().wall, 10)).toBe(1);
    for (const { id } of [paused, disabled]) await webhooks().update(id, { enabled: true }, operator, now());
    expect((await due()).map(({ webhookId }) => webhookId).sort()).toEqual([paused.id, paused.id, disabled.id].sort());
  });
}
