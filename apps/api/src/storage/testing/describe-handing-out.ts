import { describe, expect, it } from '@jest/globals';
import { aPoll, aResult, operator } from './builders.js';
import type { StoreFixture } from './store-fixture.js';

const LEASE = 60_000;

/** How every adapter hands tasks to workers and takes them back. */
export function describeHandingOut(fixture: StoreFixture): void {
  const { store, workers, now, advance, reopen, submit, status, claim, report, poll, held } = fixture;

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
      expect(await report(id, { result })).toMatchObject({ taken: true, repeated: false });
      await reopen();
      expect(await store().find(id)).toMatchObject({ state: { status: 'failed', reported: true }, result });
    });

    it('may repeat a report, which changes nothing', async () => {
      const { id } = await submit();
      await claim();
      await report(id, { result: aResult({ stdout: 'first' }) });
      expect(await report(id, { result: aResult({ stdout: 'second' }) })).toMatchObject({
        taken: true,
        repeated: true,
      });
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
      expect(await store().loseLapsed(advance(64_999), 10)).toBe(0);
      expect(await store().loseLapsed(advance(1), 10)).toBe(1);
      expect((await store().find(id))?.state).toMatchObject({ status: 'lost', completedAt: now().wall });
    });

    it('still delivers the true result of a task that was lost', async () => {
      const { id } = await submit();
      await claim();
      await store().loseLapsed(advance(90_000), 10);
      expect(await report(id)).toMatchObject({ taken: true, repeated: false });
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
      await submit();
      const running = held(await poll());
      for (let n = 0; n < 4; n++) {
        advance(LEASE - 1);
        expect(await store().loseLapsed(now(), 10)).toBe(0);
        await poll({ running, max: 0 });
      }
      expect(await store().loseLapsed(advance(LEASE), 10)).toBe(1);
    });

    it('gives a hand-out back that never arrived, without running anything twice', async () => {
      const { id } = await submit();
      await poll();
      await poll({ max: 0 });
      expect(await status(id)).toBe('pending');
      expect((await poll()).handOuts).toMatchObject([{ id, attempt: 2 }]);
    });

    it('loses what it had listed and then leaves out without a report', async () => {
      const { id } = await submit();
      const running = held(await poll());
      await poll({ running, max: 0 });
      expect(await poll()).toMatchObject({ stale: [], handOuts: [] });
      expect(await status(id)).toBe('lost');
    });

    it('loses what an earlier start of it held, even when no poll had listed it', async () => {
      const { id } = await submit();
      await poll();
      await poll({ claimant: { generation: 2, seq: 1 } });
      expect(await status(id)).toBe('lost');
    });

    it('brings along what it has finished and not yet told, over a new start', async () => {
      const { id } = await submit();
      const running = held(await poll());
      expect(await poll({ claimant: { generation: 2, seq: 1 }, running })).toMatchObject({ stale: [] });
      expect(await report(id, { attempt: 1, reporter: { tokenId: 'environment', workerName: 'mac' } })).toMatchObject({
        taken: true,
      });
    });

    it('gets an attempt back that was lost, as long as no newer one has begun', async () => {
      const { id } = await submit();
      const running = held(await poll());
      await store().loseLapsed(advance(LEASE), 10);
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

    it('is to ask again when a held poll lists an attempt that is reported by now, and the next one is ready', async () => {
      const { id } = await submit({ retry: { maxAttempts: 2, on: ['failed'], delay: 0 } });
      const running = held(await poll({ max: 2 }));
      const heldBack = aPoll({ claimant: { seq: 2 }, running });
      await store().exchange(heldBack, operator, now());
      await report(id, { attempt: 1, result: aResult({ outcome: 'failed' }) });
      expect(await store().hasNews(heldBack, false)).toBe(false);
      await store().promoteDue(advance(1), 10);
      expect(await store().hasNews(heldBack, false)).toBe(true);
      expect(await store().news(heldBack, operator, now())).toMatchObject({ handOuts: [], askAgain: true });
      const full = aPoll({ claimant: { seq: 2 }, running, max: 0 });
      expect(await store().news(full, operator, now())).toMatchObject({ askAgain: false });
      expect((await poll({ claimant: { seq: 3 } })).handOuts).toMatchObject([{ id, attempt: 2 }]);
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
      await reopen();
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
      expect(await poll({ running: [...running, wrong] })).toMatchObject({ stale: [wrong] });
      expect(await status(id)).toBe('running');
    });

    it('is refused under the name of another that is online', async () => {
      await poll();
      const other = aPoll({ claimant: { workerId: 'second' } });
      expect(await store().exchange(other, operator, now())).toEqual({ kind: 'name_in_use' });
      await workers().markOffline('mac', operator, now());
      expect(await store().exchange(other, operator, now())).toMatchObject({ kind: 'settled' });
    });

    it('is handed nothing by a held poll once a newer one has come', async () => {
      const first = aPoll({ claimant: { seq: 1 } });
      await store().exchange(first, operator, now());
      await store().exchange(aPoll({ claimant: { seq: 2 } }), operator, now());
      await submit();
      expect(await store().hasNews(first, false)).toBe(true);
      expect(await store().news(first, operator, now())).toBeNull();
      expect((await store().news(aPoll({ claimant: { seq: 2 } }), operator, now()))?.handOuts).toHaveLength(1);
    });
  });
}
