import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AuditEntry } from '../audit-chain.js';
import { QueueFull } from '../errors.js';
import type { Exchange, TaskPage, TaskStore } from '../task-store.js';
import { aPoll, aReport, aResult, aSimpleWorker, aTask, ManualClock, operator } from './builders.js';

/** What the suite needs of an adapter beside the port. */
export interface StoreUnderTest {
  store: TaskStore;
  /** The whole audit, oldest first. */
  auditTrail(): Promise<AuditEntry[]>;
  /** Closes the store and opens what it has kept, as a restart of the server does. */
  reopen(): Promise<StoreUnderTest>;
  close(): Promise<void>;
}

const LEASE = 60_000;

/** The behaviour that every adapter of the port shows. `makeStore` answers an empty store that holds at most `maxPending`. */
export function describeTaskStore(makeStore: (limits: { maxPending: number }) => Promise<StoreUnderTest>): void {
  let under: StoreUnderTest;
  let clock: ManualClock;
  const store = () => under.store;
  const now = () => clock.now();
  const submit = (change = {}) => store().submit(aTask(change), operator, now());
  const status = async (id: string) => (await store().find(id))?.state.status;
  const claim = () => store().claim(aSimpleWorker, operator, now());
  const report = (id: string, change = {}) => store().report(aReport(id, change), operator, now());
  const actions = async () => (await under.auditTrail()).map(({ action }) => action);

  let seq: number;
  /** The next poll of the worker "mac", settled. */
  async function poll(change: Parameters<typeof aPoll>[0] = {}) {
    seq++;
    const { claimant, ...rest } = change;
    const exchange = await store().exchange(aPoll({ ...rest, claimant: { seq, ...claimant } }), operator, now());
    if (exchange.kind !== 'settled') throw new Error(`the poll was not settled: ${exchange.kind}`);
    return exchange;
  }
  const held = (exchange: Exchange & { kind: 'settled' }) =>
    exchange.handOuts.map(({ id: taskId, attempt }) => ({ taskId, attempt }));

  beforeEach(async () => {
    clock = new ManualClock();
    seq = 0;
    under = await makeStore({ maxPending: 5 });
  });
  afterEach(() => under.close());

  describe('submitting and reading', () => {
    it('keeps every part of a task over a restart', async () => {
      const task = aTask({
        type: 'file-write',
        input: { shown: { path: '/tmp/ü' }, bulky: { content: 'a\0b' }, variables: { KEY: 'value' } },
        labels: { ['__proto__']: 1, nested: { list: [null, 'x'] } },
      });
      const stored = await store().submit(task, operator, now());
      under = await under.reopen();
      const { auditDetail: _, ...kept } = task;
      expect(await store().find(task.id)).toEqual(stored);
      expect(stored).toMatchObject(kept);
      expect(stored.state).toMatchObject({ status: 'pending', attempt: 0, expiresAt: now().wall + 900_000 });
    });

    it('does not know what was never submitted', async () => {
      expect(await store().find('0190b3c0-0000-7000-8000-000000000099')).toBeNull();
    });

    it('lists newest first, and stays stable while tasks are added', async () => {
      const ids = [];
      for (let n = 0; n < 5; n++) ids.push((await submit()).id);
      const first = await store().list(2, null);
      expect(first.tasks.map(({ id }) => id)).toEqual([ids[4], ids[3]]);
      await claim();
      await submit();
      const second = await store().list(2, first.next);
      expect(second.tasks.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
      const third = await store().list(2, second.next);
      expect(third).toMatchObject({ next: null, tasks: [{ id: ids[0] }] });
    });

    it('lists no output and nothing bulky', async () => {
      const { id } = await submit({
        input: { shown: { path: '/x' }, bulky: { content: 'long' }, variables: { A: 'b' } },
      });
      await claim();
      await report(id, { result: aResult({ stdout: 'printed', outputBytes: { stdout: 7, stderr: 0 } }) });
      const [listed] = (await store().list(1, null)).tasks;
      expect(listed?.input).toEqual({ shown: { path: '/x' }, bulky: null, variables: null });
      expect(listed?.result).toMatchObject({ outputBytes: { stdout: 7, stderr: 0 } });
      expect(listed?.result).not.toHaveProperty('stdout');
    });

    it('ends a page early when its tasks are large, and goes on with the next', async () => {
      const ids = [];
      for (let n = 0; n < 4; n++) {
        const { id } = await submit();
        await claim();
        await report(id, { result: aResult({ outcome: 'failed', error: 'x'.repeat(5_000_000) }) });
        ids.unshift(id);
      }
      const seen = [];
      let before: number | null = null;
      do {
        const page: TaskPage = await store().list(200, before);
        expect(page.tasks.length).toBeLessThan(4);
        seen.push(...page.tasks.map(({ id }) => id));
        before = page.next;
      } while (before !== null);
      expect(seen).toEqual(ids);
    });

    it('refuses more waiting tasks than it may hold, and keeps those it has', async () => {
      for (let n = 0; n < 5; n++) await submit();
      await expect(submit()).rejects.toThrow(QueueFull);
      expect(await store().counts()).toEqual({ unfinished: 5, ended: 0 });
      await claim();
      await submit();
    });

    it('counts unfinished and ended tasks', async () => {
      const { id } = await submit();
      await submit();
      await claim();
      await report(id);
      expect(await store().counts()).toEqual({ unfinished: 1, ended: 1 });
    });
  });

  describe('a simple worker', () => {
    it('is handed the oldest task, once', async () => {
      const first = await submit();
      const second = await submit();
      expect(await claim()).toMatchObject({ id: first.id, attempt: 1, input: first.input });
      expect(await claim()).toMatchObject({ id: second.id });
      expect(await claim()).toBeNull();
    });

    it('is handed each task once however many ask at the same time', async () => {
      for (let n = 0; n < 4; n++) await submit();
      const handOuts = await Promise.all(Array.from({ length: 8 }, claim));
      const ids = handOuts.flatMap((handOut) => (handOut ? [handOut.id] : []));
      expect(new Set(ids).size).toBe(4);
      expect(ids).toHaveLength(4);
    });

    it('reports a result that is kept whole', async () => {
      const { id } = await submit();
      await claim();
      const result = aResult({
        outcome: 'failed',
        stdout: 'out\0\u2028',
        stderr: 'err',
        exitCode: 3,
        metadata: { size: 1 },
        duration: 12,
        truncated: { stdout: true, stderr: false },
        outputBytes: { stdout: 5000, stderr: 3 },
      });
      expect(await report(id, { result })).toEqual({ taken: true, repeated: false });
      under = await under.reopen();
      expect(await store().find(id)).toMatchObject({ state: { status: 'failed', reported: true }, result });
    });

    it('may repeat a report, which changes nothing', async () => {
      const { id } = await submit();
      await claim();
      await report(id, { result: aResult({ stdout: 'first' }) });
      expect(await report(id, { result: aResult({ stdout: 'second' }) })).toEqual({ taken: true, repeated: true });
      expect((await store().find(id))?.result?.stdout).toBe('first');
    });

    it('cannot report what it does not hold', async () => {
      const { id } = await submit();
      expect(await report(id)).toEqual({ taken: false, refusal: 'stale_attempt' });
      expect(await report('unknown')).toEqual({ taken: false, refusal: 'unknown' });
      await claim();
      const other = { tokenId: 'environment', workerName: 'linux' };
      expect(await report(id, { reporter: other })).toEqual({ taken: false, refusal: 'not_claimant' });
      expect(await report(id, { attempt: 2 })).toEqual({ taken: false, refusal: 'stale_attempt' });
      expect(await status(id)).toBe('running');
    });

    it("loses the task a minute after the task's own time", async () => {
      const { id } = await submit({ timeout: 5000 });
      await claim();
      expect(await store().loseLapsed(clock.advance(64_999), 10)).toEqual([]);
      expect(await store().loseLapsed(clock.advance(1), 10)).toEqual([id]);
      expect((await store().find(id))?.state).toMatchObject({ status: 'lost', completedAt: now().wall });
    });

    it('still delivers the true result of a task that was lost', async () => {
      const { id } = await submit();
      await claim();
      await store().loseLapsed(clock.advance(90_000), 10);
      expect(await report(id)).toEqual({ taken: true, repeated: false });
      expect((await store().find(id))?.state).toMatchObject({ status: 'completed', note: null });
    });

    it('gives back a hand-out that could not be delivered', async () => {
      const { id } = await submit();
      const handOut = await claim();
      if (!handOut) throw new Error('nothing was handed out');
      await store().release(handOut, operator, now());
      expect(await status(id)).toBe('pending');
      expect(await claim()).toMatchObject({ id, attempt: 2 });
      await store().release(handOut, operator, now());
      expect(await status(id)).toBe('running');
    });
  });

  describe('a worker that polls with a body', () => {
    it('is handed as many tasks as it asks for, of its kinds, oldest first', async () => {
      await submit({ type: 'claude-cli' });
      const second = await submit();
      const third = await submit();
      const exchange = await poll({ max: 5, kinds: ['command'] });
      expect(exchange.handOuts.map(({ id }) => id)).toEqual([second.id, third.id]);
      expect((await poll({ max: 0, running: held(exchange) })).handOuts).toEqual([]);
    });

    it('keeps a task as long as it lists it', async () => {
      const { id } = await submit();
      const running = held(await poll());
      for (let n = 0; n < 4; n++) {
        clock.advance(LEASE - 1);
        expect(await store().loseLapsed(now(), 10)).toEqual([]);
        await poll({ running, max: 0 });
      }
      expect(await store().loseLapsed(clock.advance(LEASE), 10)).toEqual([id]);
    });

    it('gives a hand-out back that never arrived, without running anything twice', async () => {
      const { id } = await submit();
      await poll();
      const next = await poll({ max: 0 });
      expect(next.released).toEqual([{ id, type: 'command' }]);
      expect(await status(id)).toBe('pending');
      expect((await poll()).handOuts).toMatchObject([{ id, attempt: 2 }]);
    });

    it('loses what it had listed and then leaves out without a report', async () => {
      const { id } = await submit();
      const running = held(await poll());
      await poll({ running, max: 0 });
      expect(await poll()).toMatchObject({ lost: [id], released: [], handOuts: [] });
      expect(await status(id)).toBe('lost');
    });

    it('loses what an earlier start of it held, even when no poll had listed it', async () => {
      const { id } = await submit();
      await poll();
      expect(await poll({ claimant: { generation: 2, seq: 1 } })).toMatchObject({ lost: [id] });
    });

    it('brings along what it has finished and not yet told, over a new start', async () => {
      const { id } = await submit();
      const running = held(await poll());
      expect(await poll({ claimant: { generation: 2, seq: 1 }, running })).toMatchObject({ lost: [], stale: [] });
      expect(await report(id, { attempt: 1, reporter: { tokenId: 'environment', workerName: 'mac' } })).toMatchObject({
        taken: true,
      });
    });

    it('gets an attempt back that was lost, as long as no newer one has begun', async () => {
      const { id } = await submit();
      const running = held(await poll());
      await store().loseLapsed(clock.advance(LEASE), 10);
      expect(await status(id)).toBe('lost');
      expect(await poll({ running, max: 0 })).toMatchObject({ stale: [] });
      expect(await status(id)).toBe('running');
    });

    it('is told which of its attempts are overtaken, unknown or ended otherwise', async () => {
      const { id } = await submit();
      const running = held(await poll());
      await poll({ max: 0 });
      const second = await poll({ claimant: { workerName: 'linux', workerId: 'second', seq: 1 } });
      expect(second.handOuts).toMatchObject([{ id, attempt: 2 }]);
      const unknown = { taskId: 'unknown', attempt: 1 };
      expect((await poll({ running: [...running, unknown] })).stale).toEqual([...running, unknown]);
      expect(await status(id)).toBe('running');
    });

    it('is not told that an attempt is stale whose report was taken while the poll was on its way', async () => {
      const { id } = await submit();
      const running = held(await poll());
      await report(id, { attempt: 1 });
      expect((await poll({ running })).stale).toEqual([]);
    });

    it('is never handed another attempt of a task that it lists', async () => {
      const { id } = await submit();
      await poll();
      await poll({ max: 0 });
      const stillHolds = [{ taskId: id, attempt: 1 }];
      expect(await poll({ running: stillHolds })).toMatchObject({ handOuts: [], stale: stillHolds });
      expect((await poll()).handOuts).toMatchObject([{ id, attempt: 2 }]);
    });

    it('changes nothing by a poll that comes late', async () => {
      const { id } = await submit();
      const running = held(await poll());
      await poll({ running, max: 0 });
      for (const late of [1, 2]) {
        expect(await store().exchange(aPoll({ claimant: { seq: late } }), operator, now())).toEqual({ kind: 'late' });
      }
      expect(await status(id)).toBe('running');
    });

    it('is refused under an older generation, and after a restart of the server too', async () => {
      await poll({ claimant: { generation: 5 } });
      under = await under.reopen();
      const older = aPoll({ claimant: { generation: 4, seq: 99 } });
      expect(await store().exchange(older, operator, now())).toEqual({ kind: 'superseded' });
    });

    it('is refused under an older generation whatever it was called then', async () => {
      const { id } = await submit();
      const running = held(await poll({ claimant: { generation: 6, workerName: 'renamed' } }));
      await poll({ claimant: { generation: 6, workerName: 'renamed' }, running, max: 0 });
      const older = aPoll({ claimant: { generation: 5, seq: 99 } });
      expect(await store().exchange(older, operator, now())).toEqual({ kind: 'superseded' });
      expect(await status(id)).toBe('running');
    });

    it('keeps an attempt that it lists beside one that there is not', async () => {
      const { id } = await submit();
      const running = held(await poll());
      const wrong = { taskId: id, attempt: 7 };
      expect(await poll({ running: [...running, wrong] })).toMatchObject({ stale: [wrong], lost: [], released: [] });
      expect(await status(id)).toBe('running');
    });

    it('is refused under the name of another that is online', async () => {
      await poll();
      const other = aPoll({ claimant: { workerId: 'second' } });
      expect(await store().exchange(other, operator, now())).toEqual({ kind: 'name_in_use' });
      await store().markOffline('mac', operator, now());
      expect(await store().exchange(other, operator, now())).toMatchObject({ kind: 'settled' });
    });

    it('is handed nothing by a held poll once a newer one has come', async () => {
      const first = aPoll({ claimant: { seq: 1 } });
      await store().exchange(first, operator, now());
      await store().exchange(aPoll({ claimant: { seq: 2 } }), operator, now());
      await submit();
      expect(await store().claimForPoll(first, operator, now())).toEqual([]);
      expect(await store().claimForPoll(aPoll({ claimant: { seq: 2 } }), operator, now())).toHaveLength(1);
    });
  });

  describe('time', () => {
    it('expires what nobody took, and hands it out no more', async () => {
      const { id } = await submit({ expiresIn: 1000 });
      expect(await store().expireOverdue(clock.advance(999), 10)).toEqual([]);
      clock.advance(1);
      expect(await claim()).toBeNull();
      expect(await store().expireOverdue(now(), 10)).toEqual([id]);
      expect((await store().find(id))?.state).toMatchObject({ status: 'expired', completedAt: now().wall });
    });

    it('starts every lease anew when the server comes back', async () => {
      await submit();
      await poll();
      clock.advance(10 * LEASE);
      under = await under.reopen();
      expect(await store().resumeLeases(now())).toEqual(['mac']);
      expect(await store().loseLapsed(clock.advance(LEASE - 1), 10)).toEqual([]);
      expect(await store().loseLapsed(clock.advance(1), 10)).toHaveLength(1);
    });

    it('removes what ended long ago, in pages, and nothing else', async () => {
      const { id: old } = await submit();
      await claim();
      await report(old, { result: aResult({ stdout: 'old' }) });
      clock.advance(1000);
      const { id: young } = await submit();
      await claim();
      await report(young);
      const { id: waiting } = await submit();
      expect(await store().removeEnded(now().wall, now(), 10)).toBe(1);
      expect(await Promise.all([old, young, waiting].map(status))).toEqual([undefined, 'completed', 'pending']);
      expect(await store().removeEnded(now().wall, now(), 10)).toBe(0);
    });

    it('works a page at a time', async () => {
      for (let n = 0; n < 3; n++) await submit({ expiresIn: 1 });
      clock.advance(1);
      expect(await store().expireOverdue(now(), 2)).toHaveLength(2);
      expect(await store().expireOverdue(now(), 2)).toHaveLength(1);
    });
  });

  describe('the audit', () => {
    it('tells every change, in order, with who made it', async () => {
      const { id } = await submit();
      await poll();
      await poll({ max: 0 });
      await poll();
      await report(id, { attempt: 2 });
      await store().markOffline('mac', operator, now());
      expect(await actions()).toEqual([
        'task.submitted',
        'worker.registered',
        'task.claimed',
        'task.released',
        'task.claimed',
        'task.completed',
        'worker.offline',
      ]);
      const [submitted] = await under.auditTrail();
      expect(submitted).toMatchObject({
        seq: 1,
        at: now().wall,
        actor: { id: 'environment', name: 'WORKER_TOKEN', role: 'admin' },
        ip: '127.0.0.1',
        requestId: 'request',
        taskId: id,
        outcome: 'success',
        detail: { type: 'command', command: 'true' },
      });
    });

    it('says nothing of what was refused', async () => {
      for (let n = 0; n < 5; n++) await submit();
      await submit().catch(() => undefined);
      await report('unknown');
      expect(await actions()).toHaveLength(5);
    });
  });
}
