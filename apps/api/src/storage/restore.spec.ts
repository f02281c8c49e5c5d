import { describe, expect, it } from '@jest/globals';
import { checkCopy } from './sqlite/copy-check.js';
import { EVERY_TASK } from './task-store.js';
import { aPoll, aTask, operator } from './testing/builders.js';
import { aSchedule } from './testing/describe-schedule-store.js';
import { restoreFixture } from './testing/restore-fixture.js';

const MILLION = 1_000_000;
const DAY = 86_400_000;
const quiet = () => undefined;

describe('a restored database', () => {
  const {
    path,
    storage,
    now,
    advance,
    open,
    close,
    backUp,
    restore,
    submit,
    claim,
    report,
    poll,
    stateOf,
    releaseAll,
  } = restoreFixture();

  describe('what waits', () => {
    it('is held: neither handed out nor expired, until it is released', async () => {
      const id = await submit({ expiresIn: 1000 });
      backUp();
      expect((await claim())?.id).toBe(id);
      await report(id, 1);

      expect(await restore()).toMatchObject({ epoch: 1, held: 1, running: 0 });
      expect(await stateOf(id)).toMatchObject({ status: 'pending', blocked: 'held' });
      expect((await storage().tasks.list({ ...EVERY_TASK, held: true }, 10, null)).tasks).toHaveLength(1);
      advance(30 * DAY);
      expect(await storage().tasks.expireOverdue(now(), 10)).toBe(0);
      expect(await claim()).toBeNull();

      expect(await releaseAll()).toBe(1);
      const handOut = await claim();
      expect(handOut).toMatchObject({ id });
      expect(handOut?.attempt).toBeGreaterThan(MILLION);
      expect(await report(id, handOut?.attempt ?? 0)).toMatchObject({ taken: true });
    });

    it('is cancelled like any other', async () => {
      const id = await submit();
      backUp();
      await restore();
      expect(await storage().tasks.cancel(id, operator, now())).toMatchObject({ done: true });
      expect(await releaseAll()).toBe(0);
    });

    it('keeps its time, and its turn in its conversation', async () => {
      const later = await submit({ dueAt: now().wall + 60_000 });
      const first = await submit({ type: 'claude-cli', sessionId: 'session' });
      const second = await submit({ type: 'claude-cli', sessionId: 'session' });
      backUp();
      await restore();
      expect(await releaseAll()).toBe(3);
      expect(await stateOf(later)).toMatchObject({ blocked: 'due' });
      expect((await poll({ max: 5 })).handOuts.map(({ id }) => id)).toEqual([first]);
      expect(await stateOf(second)).toMatchObject({ blocked: 'session' });
    });

    it('does not go on by an attempt from before the backup', async () => {
      const id = await submit({ retry: { maxAttempts: 3, on: ['lost'], delay: 1 } });
      const { handOuts } = await poll();
      const running = handOuts.map(({ id: taskId, attempt }) => ({ taskId, attempt }));
      await poll({ running, max: 0 });
      advance(120_000);
      await storage().tasks.loseLapsed(now(), 10);
      expect(await stateOf(id)).toMatchObject({ status: 'pending', attempt: 1 });
      backUp();
      await restore();
      expect((await poll({ running, max: 0 })).stale).toEqual(running);
      expect(await report(id, 1)).toMatchObject({ taken: false, refusal: 'stale_attempt' });
      expect(await stateOf(id)).toMatchObject({ status: 'pending', blocked: 'held' });
    });
  });

  it('gives up messages that waited, which can be sent again', async () => {
    const id = await submit({ webhook: 'https://example.org/hook' });
    await claim();
    await report(id, 1);
    const due = () => storage().webhooks.due(now(), { all: 10, perOrigin: 10 }, []);
    const [waiting] = await due();
    backUp();
    await restore();
    expect(await due()).toEqual([]);
    expect(await storage().webhooks.delivery(waiting?.id ?? '')).toMatchObject({ state: 'failed' });
    await storage().webhooks.resend(waiting?.id ?? '', operator, now());
    expect(await due()).toEqual([waiting]);
  });

  describe('what runs', () => {
    const policy = { maxAttempts: 5, on: ['failed', 'timed_out', 'lost'] as const, delay: 1 };

    it('ends as its worker reports, and is not tried again', async () => {
      const id = await submit({ retry: policy });
      await claim();
      backUp();
      expect(await restore()).toMatchObject({ held: 0, running: 1 });
      expect(await stateOf(id)).toMatchObject({ status: 'running', attempt: 1 });
      expect(await report(id, 1, 'failed')).toMatchObject({ taken: true });
      expect(await stateOf(id)).toMatchObject({ status: 'failed' });
    });

    it('ends lost when nobody reports it, and is not tried again', async () => {
      const id = await submit({ retry: policy });
      await claim();
      backUp();
      await restore();
      advance(DAY);
      expect(await storage().tasks.loseLapsed(now(), 10)).toBe(1);
      expect(await stateOf(id)).toMatchObject({ status: 'lost' });
    });

    it('is not made again when its worker has been done with it since, though no poll had listed it', async () => {
      const id = await submit({ retry: policy });
      const [handOut] = (await poll()).handOuts;
      backUp();
      await report(id, handOut?.attempt ?? 0);
      await restore();
      expect((await poll({ max: 3 })).handOuts).toEqual([]);
      expect(await stateOf(id)).toMatchObject({ status: 'lost' });
    });

    it('goes on with the worker that holds it', async () => {
      const id = await submit();
      const [handOut] = (await poll()).handOuts;
      const running = [{ taskId: id, attempt: handOut?.attempt ?? 0 }];
      backUp();
      await poll({ running, max: 0 });
      await restore();
      expect((await poll({ running, max: 0 })).stale).toEqual([]);
      expect(await report(id, 1)).toMatchObject({ taken: true });
    });
  });

  it('refuses what was handed out after the backup, and tells its worker to forget it', async () => {
    const known = await submit();
    backUp();
    const unknown = await submit();
    const { handOuts } = await poll({ max: 2 });
    const running = handOuts.map(({ id: taskId, attempt }) => ({ taskId, attempt }));
    expect(running.map(({ taskId }) => taskId)).toEqual([known, unknown]);
    await restore();
    expect((await poll({ running, max: 0 })).stale).toEqual(running);
    expect(await report(known, 1)).toMatchObject({ taken: false, refusal: 'stale_attempt' });
    expect(await report(unknown, 1)).toMatchObject({ taken: false, refusal: 'unknown' });
  });

  it('takes a report without an attempt for a new task, and not for one that may have run after the backup', async () => {
    const old = await submit();
    backUp();
    await restore();
    await releaseAll();
    const fresh = await submit();
    await claim();
    await claim();
    expect(await report(old, null)).toMatchObject({ taken: false, refusal: 'stale_attempt' });
    expect(await report(fresh, null)).toMatchObject({ taken: true });
  });

  it('fires nothing that schedules missed since the backup', async () => {
    const { wall } = now();
    const schedule = aSchedule({ nextFireAt: wall + 60_000 });
    const paused = aSchedule({ enabled: false, nextFireAt: null });
    for (const each of [schedule, paused]) await storage().schedules.create(each, {}, operator);
    backUp();
    advance(DAY);
    expect(await restore()).toMatchObject({ schedules: 1 });
    expect(await storage().schedules.due(now(), 10, null)).toEqual([]);
    expect(await storage().schedules.find(schedule.id)).toEqual({ ...schedule, nextFireAt: null });
  });

  it('answers an idempotency key as before, and has no worker that is online', async () => {
    const key = { tokenId: 'environment', key: 'deploy-7', requestHash: 'hash' };
    const task = aTask();
    await storage().tasks.submit([task], key, operator, now());
    await poll({ max: 0 });
    backUp();
    await restore();
    const [repeated] = await storage().tasks.submit([aTask()], key, operator, now());
    expect(repeated?.id).toBe(task.id);
    expect(await storage().workers.online()).toEqual([]);
    const other = aPoll({ claimant: { workerId: '0190b3c0-0000-7000-8000-000000000002' }, max: 0 });
    expect(await storage().tasks.exchange(other, operator, now())).toMatchObject({ kind: 'settled' });
  });

  it('goes on with the chain of the backup, and says so in it', async () => {
    await submit();
    const { head } = backUp();
    await submit();
    const restored = await restore();
    expect(restored?.restored).toEqual(head);
    const { entries } = await storage().audit.list({ action: 'server.restored' }, 10, null);
    expect(entries).toMatchObject([
      { prevHash: head?.hash, detail: { epoch: 1, restoredSeq: head?.seq, backup: 'backup.db', held: 1, running: 0 } },
    ]);
    close();
    expect(checkCopy(path(), path(), quiet)).toMatchObject({ entries: (head?.seq ?? 0) + 1, broken: null });
    open();
  });

  it('begins a new epoch at every restore, also of the same backup', async () => {
    await submit();
    backUp();
    expect(await restore()).toMatchObject({ epoch: 1 });
    advance(1000);
    expect(await restore()).toMatchObject({ epoch: 2 });
    advance(1000);
    await releaseAll();
    expect((await claim())?.attempt).toBeGreaterThan(2 * MILLION);
  });
});
