import { describe, expect, it } from '@jest/globals';
import { IdempotencyKeyReused, QueueFull } from '../errors.js';
import type { IdempotencyKey } from '../task-store.js';
import { aResult, aTask, operator } from './builders.js';
import { MAX_PENDING, type StoreFixture } from './store-fixture.js';

const UNKNOWN = '0190b3c0-0000-7000-8000-000000000099';
const DAY = 86_400_000;

/** What people do to tasks, when tasks are due, and who may take them. */
export function describeTaskControl(fixture: StoreFixture): void {
  const { store, now, advance, reopen, auditTrail, changes, submit, status, claim, report, poll } = fixture;
  const key = (change: Partial<IdempotencyKey> = {}): IdempotencyKey => ({
    tokenId: 'environment',
    key: 'k',
    requestHash: 'a',
    ...change,
  });
  const actions = async () => (await auditTrail()).map(({ action }) => action);

  describe('an idempotency key', () => {
    it('answers a day long what it answered first, and is good for one request of one token', async () => {
      const first = await store().submit([aTask(), aTask()], key(), operator, now());
      await reopen();
      expect(await store().submit([aTask()], key(), operator, advance(DAY - 1))).toEqual(first);
      const other = store().submit([aTask()], key({ requestHash: 'b' }), operator, now());
      await expect(other).rejects.toThrow(IdempotencyKeyReused);
      expect(await store().submit([aTask()], key({ tokenId: 'other' }), operator, now())).not.toEqual(first);
      expect(await store().submit([aTask()], key(), operator, advance(1))).not.toEqual(first);
    });

    it('is not spent by a call that was refused', async () => {
      const many = Array.from({ length: MAX_PENDING + 1 }, () => aTask());
      await expect(store().submit(many, key(), operator, now())).rejects.toThrow(QueueFull);
      expect(await actions()).toEqual([]);
      expect(await store().submit([aTask()], key({ requestHash: 'b' }), operator, now())).toHaveLength(1);
    });
  });

  describe('control', () => {
    it('cancels what waits at once, and asks the worker of what runs, once', async () => {
      const waiting = await submit();
      expect(await store().cancel(waiting.id, operator, now())).toMatchObject({ done: true });
      expect(await store().cancel(waiting.id, operator, now())).toEqual({ done: false, refusal: 'ended' });
      const running = await submit();
      await poll();
      for (let n = 0; n < 2; n++) await store().cancel(running.id, operator, advance(1));
      expect((await store().find(running.id))?.state).toMatchObject({
        status: 'running',
        cancelRequestedAt: now().wall - 1,
      });
      expect((await actions()).filter((action) => action === 'task.cancel_requested')).toHaveLength(1);
      expect(changes()).toContainEqual({ kind: 'worker', name: 'mac' });
      const held = [{ taskId: running.id, attempt: 1 }];
      expect(await poll({ running: held })).toMatchObject({ cancel: held });
      expect(await store().cancel(UNKNOWN, operator, now())).toEqual({ done: false, refusal: 'unknown' });
    });

    it('submits an ended task once more, and removes it, but neither while it goes on', async () => {
      const { id } = await submit({ input: { shown: { command: 'x' }, bulky: null, variables: { A: 'b' } } });
      const copy = aTask().id;
      expect(await store().retry(id, copy, null, operator, now())).toMatchObject({ refusal: 'unfinished' });
      expect(await store().remove(id, operator, now())).toMatchObject({ refusal: 'unfinished' });
      await claim();
      await report(id);
      expect(await store().retry(id, copy, null, operator, now())).toMatchObject({ done: true, value: { id: copy } });
      expect(await store().find(copy)).toMatchObject({ retryOf: id, input: { variables: { A: 'b' } } });
      expect(await store().remove(id, operator, now())).toMatchObject({ done: true });
      expect(await status(id)).toBeUndefined();
      expect((await actions()).slice(-3)).toEqual(['task.submitted', 'task.retried', 'task.deleted']);
    });
  });

  describe('a task that is not due', () => {
    it('becomes ready in its time, also after a restart', async () => {
      const { id } = await submit({ dueAt: now().wall + 1000 });
      expect(await claim()).toBeNull();
      expect(await store().nextDueAt()).toBe(now().wall + 1000);
      await reopen();
      expect(await store().promoteDue(advance(999), 10)).toBe(0);
      expect(await store().promoteDue(advance(1), 10)).toBe(1);
      expect(changes()).toContainEqual({ kind: 'ready', type: 'command', target: { worker: null, tags: [] } });
      expect(await claim()).toMatchObject({ id });
    });

    it('waits out the pause before a further attempt, and shows one result', async () => {
      const retry = { maxAttempts: 2, on: ['failed'] as const, delay: 1000 };
      const { id } = await submit({ retry });
      await claim();
      await report(id, { attempt: 1, result: aResult({ outcome: 'failed', stdout: 'first' }) });
      expect(await claim()).toBeNull();
      await store().promoteDue(advance(1500), 10);
      expect(await claim()).toMatchObject({ id, attempt: 2 });
      await report(id, { attempt: 2, result: aResult({ outcome: 'failed', stdout: 'second' }) });
      expect(await store().find(id)).toMatchObject({ state: { status: 'failed' }, result: { stdout: 'second' } });
    });
  });

  describe('a task for certain workers', () => {
    it('is seen by those alone, however it is wrapped', async () => {
      const { id } = await submit({ target: { worker: 'mac', tags: ['gpu', 'home'] } });
      expect((await poll()).handOuts).toEqual([]);
      const description = { hostname: null, platform: null, version: null, maxConcurrent: 1 };
      const tagged = (tags: string[]) => poll({ description: { ...description, tags } });
      expect((await tagged(['gpu'])).handOuts).toEqual([]);
      expect((await tagged(['home', 'x', 'gpu'])).handOuts).toMatchObject([{ id }]);
    });
  });
}
