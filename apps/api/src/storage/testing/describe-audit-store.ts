import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type AuditEntry, ChainCheck, EMPTY_CHAIN } from '#audit-chain';
import type { Actor } from '../../domain/actor.js';
import type { AuditEvent } from '../audit-event.js';
import type { AuditFilter, AuditPage, AuditStore } from '../audit-store.js';
import { ManualClock, operator } from './builders.js';

/** What the suite needs of an adapter beside the port. */
export interface AuditStoreUnderTest {
  store: AuditStore;
  close(): Promise<void>;
}

const TASK = '0190b3c0-0000-7000-8000-000000000001';
const alice: Actor = { ...operator, id: 'token-a', name: 'alice', role: 'client' };
const bob: Actor = { ...operator, id: 'token-b', name: 'bob', role: 'viewer' };

/** The behaviour that every adapter of the port shows. */
export function describeAuditStore(makeStore: () => Promise<AuditStoreUnderTest>): void {
  let under: AuditStoreUnderTest;
  let clock: ManualClock;
  beforeEach(async () => {
    clock = new ManualClock();
    under = await makeStore();
  });
  afterEach(() => under.close());
  const store = () => under.store;

  const record = (change: Partial<AuditEvent> = {}, actor: Actor = alice) =>
    store().record(
      { action: 'task.submitted', target: null, taskId: null, outcome: 'success', detail: {}, ...change },
      actor,
      clock.now(),
    );
  const found = async (filter: AuditFilter) => (await store().list(filter, 200, null)).entries.map(({ seq }) => seq);
  const ALL = { after: 0, through: Number.MAX_SAFE_INTEGER };

  async function check(): Promise<ReturnType<ChainCheck['finish']>> {
    const chain = new ChainCheck();
    for (const entry of (await store().page({}, ALL, 10_000)).entries) chain.follow(entry);
    return chain.finish();
  }

  describe('listing', () => {
    it('is empty at first', async () => {
      expect(await store().list({}, 10, null)).toEqual({ entries: [], next: null });
      expect(await store().page({}, ALL, 10)).toEqual({ entries: [], next: null });
      const nothing = { entries: 0, firstSeq: null, last: null, head: EMPTY_CHAIN, checkpoint: null };
      expect(await store().extent()).toEqual(nothing);
    });

    it('shows every part of an entry', async () => {
      await record({ target: 'mac', taskId: TASK, outcome: 'failure', detail: { b: 1, a: ['ü', null] } }, bob);
      const [entry] = (await store().list({}, 1, null)).entries;
      expect(entry).toEqual({
        seq: 1,
        at: clock.now().wall,
        actor: { id: 'token-b', name: 'bob', role: 'viewer' },
        ip: '127.0.0.1',
        userAgent: 'test',
        requestId: 'request',
        action: 'task.submitted',
        target: 'mac',
        taskId: TASK,
        outcome: 'failure',
        detail: { b: 1, a: ['ü', null] },
        prevHash: '0'.repeat(64),
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
    });

    it('pages newest first, and stays stable while entries are added', async () => {
      for (let n = 0; n < 5; n++) await record();
      const seen: number[] = [];
      let before: number | null = null;
      do {
        const page: AuditPage = await store().list({}, 2, before);
        seen.push(...page.entries.map(({ seq }) => seq));
        before = page.next;
        await record();
      } while (before !== null);
      expect(seen).toEqual([5, 4, 3, 2, 1]);
    });

    it('pages oldest first up to where it was told', async () => {
      for (let n = 0; n < 7; n++) await record({ outcome: n % 2 ? 'denied' : 'success' });
      const first = await store().page({ outcome: 'success' }, { after: 0, through: 6 }, 2);
      expect(first.entries.map(({ seq }) => seq)).toEqual([1, 3]);
      const second = await store().page({ outcome: 'success' }, { after: first.next ?? 0, through: 6 }, 2);
      expect(second).toMatchObject({ entries: [{ seq: 5 }], next: null });
    });

    it('ends a page early when its entries are large, and loses none', async () => {
      for (let n = 0; n < 4; n++) await record({ detail: { prompt: 'x'.repeat(5_000_000) } });
      const first = await store().list({}, 200, null);
      expect(first).toMatchObject({ entries: [{ seq: 4 }], next: 4 });
      expect(await store().list({}, 200, 4)).toMatchObject({ entries: [{ seq: 3 }], next: 3 });
    });

    it('stops when its caller has gone', async () => {
      await record();
      expect((await store().list({}, 10, null, AbortSignal.abort())).entries).toEqual([]);
    });
  });

  describe('filters', () => {
    beforeEach(async () => {
      await record({ action: 'task.submitted', taskId: TASK, detail: { command: 'deploy.sh --prod Ünal' } });
      clock.advance(1000);
      await record({ action: 'task.claimed', taskId: TASK, target: 'mac' }, bob);
      clock.advance(1000);
      await record({ action: 'auth.forbidden', outcome: 'denied', target: 'GET /audit' }, { ...bob, name: 'token-a' });
      clock.advance(1000);
      await record({ action: 'task.submitted', detail: { command: 'make deploy' } });
    });
    const start = () => clock.now().wall - 3000;

    it.each<[string, AuditFilter, number[]]>([
      ['action', { action: 'task.submitted' }, [4, 1]],
      ['id of the actor, which may be the name of another', { actor: 'token-a' }, [4, 3, 1]],
      ['name of the actor', { actor: 'bob' }, [2]],
      ['task', { taskId: TASK }, [2, 1]],
      ['outcome', { outcome: 'denied' }, [3]],
      ['a word of the detail', { q: 'deploy' }, [4, 1]],
      ['every word', { q: 'deploy prod' }, [1]],
      ['a word in any case, without its accents', { q: 'UNAL' }, [1]],
      ['words that are one', { q: 'deploy.sh' }, [1]],
      ['a word of the target', { q: 'mac' }, [2]],
      ['what looks like a query', { q: 'deploy OR mac' }, []],
      ['quotes and stars', { q: '"deploy* (NEAR' }, []],
      ['a word that is nowhere', { q: 'rollback' }, []],
      ['action and actor', { action: 'task.submitted', actor: 'bob' }, []],
      ['all at once', { action: 'task.claimed', actor: 'token-b', taskId: TASK, outcome: 'success', q: 'mac' }, [2]],
    ])('by %s', async (_, filter, expected) => {
      expect(await found(filter)).toEqual(expected);
      const oldestFirst = await store().page(filter, ALL, 200);
      expect(oldestFirst.entries.map(({ seq }) => seq)).toEqual(expected.toReversed());
    });

    it('by time, both ends included', async () => {
      expect(await found({ from: start() + 1000, to: start() + 2000 })).toEqual([3, 2]);
      expect(await found({ from: start() + 2001 })).toEqual([4]);
      expect(await found({ to: start() - 1 })).toEqual([]);
      expect(await found({ from: start() + 1, to: start() + 999 })).toEqual([]);
    });

    it('by time and another', async () => {
      expect(await found({ to: start() + 2999, action: 'task.submitted' })).toEqual([1]);
      expect(await found({ from: start() + 1, q: 'deploy' })).toEqual([4]);
    });

    it('by time also when the clock was set back', async () => {
      clock.advance(-2500);
      await record();
      expect(await found({ to: start() + 2000 + 2500 })).toContain(5);
      expect(await found({ from: clock.now().wall, to: clock.now().wall })).toEqual([5]);
    });

    it('by time over more entries than are looked at together', async () => {
      const before = clock.now().wall;
      clock.advance(1000);
      await Promise.all(Array.from({ length: 2500 }, () => record()));
      clock.advance(1000);
      await record();
      expect(await found({ from: clock.now().wall })).toEqual([2505]);
      expect(await found({ to: before })).toEqual([4, 3, 2, 1]);
      expect((await store().page({ from: before + 1 }, ALL, 3000)).entries).toHaveLength(2501);
    });

    it('together find what a look at each entry would, in pages of any size', async () => {
      const rare = (n: number, every: number) => n % every === every - 1;
      for (let n = 0; n < 300; n++) {
        // The clock goes on, and now and then back.
        clock.advance(rare(n, 40) ? -15_000 : 1000);
        const detail = { command: rare(n, 3) ? 'backup photos' : rare(n, 7) ? 'backup mail' : 'true' };
        const action = rare(n, 5) ? 'task.failed' : 'task.completed';
        const outcome = rare(n, 11) ? 'denied' : 'success';
        await record({ action, outcome, detail, taskId: rare(n, 60) ? TASK : null }, rare(n, 4) ? bob : alice);
      }
      const all = (await store().page({}, ALL, 1000)).entries;
      const choices: AuditFilter[][] = [
        [{}, { action: 'task.failed' }, { action: 'task.completed' }],
        [{}, { outcome: 'denied' }, { taskId: TASK }],
        [{}, { actor: 'bob' }, { actor: 'token-a' }],
        [{}, { q: 'backup' }, { q: 'backup photos' }],
        [{}, { from: clock.now().wall - 90_000 }, { from: clock.now().wall - 120_000, to: clock.now().wall - 60_000 }],
      ];
      const filters = choices.reduce<AuditFilter[]>(
        (made, choice) => made.flatMap((one) => choice.map((other) => ({ ...one, ...other }))),
        [{}],
      );
      for (const [index, filter] of filters.entries()) {
        const expected = all.filter((entry) => fits(entry, filter)).map(({ seq }) => seq);
        const size = 1 + (index % 40);
        const newestFirst: number[] = [];
        for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null; ) {
          const page: AuditPage = await store().list(filter, size, before);
          newestFirst.push(...page.entries.map(({ seq }) => seq));
          before = page.next;
        }
        expect({ filter, found: newestFirst }).toEqual({ filter, found: expected.toReversed() });
        const oldestFirst = (await store().page(filter, ALL, 1000)).entries.map(({ seq }) => seq);
        expect({ filter, found: oldestFirst }).toEqual({ filter, found: expected });
      }
    });

    it('find nothing in what retention has removed', async () => {
      expect(await store().checkpoint(start() + 3000, clock.now())).toMatchObject({ removedThrough: 3 });
      await store().removeCovered(10);
      expect(await found({ to: start() + 2999 })).toEqual([]);
      expect(await found({ q: 'deploy' })).toEqual([4]);
    });
  });

  describe('retention', () => {
    const trail = async (): Promise<AuditEntry[]> => (await store().page({}, ALL, 10_000)).entries;

    beforeEach(async () => {
      for (let n = 0; n < 10; n++) {
        await record();
        clock.advance(1000);
      }
    });

    it('removes what is older, behind one checkpoint, and the rest still verifies', async () => {
      const before = await trail();
      const now = clock.now();
      const checkpoint = await store().checkpoint(now.wall - 4000, now);
      expect(checkpoint).toEqual({ removedThrough: 6, hash: before[5]?.hash });
      expect(await store().removeCovered(4)).toBe(4);
      expect(await check()).toMatchObject({ broken: null });
      expect(await store().removeCovered(4)).toBe(2);
      expect(await store().removeCovered(4)).toBe(0);
      const left = await trail();
      expect(left.map(({ seq }) => seq)).toEqual([7, 8, 9, 10, 11]);
      expect(left.at(-1)).toMatchObject({
        action: 'audit.checkpoint',
        actor: { id: 'system' },
        detail: { removedThrough: 6, hash: before[5]?.hash, removed: 6 },
      });
      expect(await check()).toMatchObject({ broken: null });
      expect(await store().extent()).toMatchObject({ entries: 5, firstSeq: 7, checkpoint });
    });

    it('has nothing to say when nothing is old enough', async () => {
      expect(await store().checkpoint(clock.now().wall - 10_000, clock.now())).toBeNull();
      expect(await store().removeCovered(10)).toBe(0);
      expect((await store().extent()).entries).toBe(10);
    });

    it('keeps a chain also when everything is old', async () => {
      await store().checkpoint(clock.now().wall, clock.now());
      await store().removeCovered(100);
      expect(await trail()).toMatchObject([{ seq: 11, action: 'audit.checkpoint' }]);
      expect(await check()).toMatchObject({ broken: null });
      await record();
      expect(await check()).toMatchObject({ broken: null });
    });

    it('counts from checkpoint to checkpoint', async () => {
      await store().checkpoint(clock.now().wall - 6000, clock.now());
      // Nothing is removed yet, as after a crash.
      const second = await store().checkpoint(clock.now().wall - 4000, clock.now());
      expect(second?.removedThrough).toBe(6);
      await store().removeCovered(100);
      const removed = (await trail()).map(({ detail }) => detail.removed).filter((count) => count !== undefined);
      expect(removed).toEqual([4, 2]);
      expect(await check()).toMatchObject({ broken: null });
    });

    it('keeps what stands behind a younger entry, when the clock had jumped', async () => {
      clock.advance(-8000);
      await record();
      clock.advance(8000);
      await store().checkpoint(clock.now().wall - 4000, clock.now());
      await store().removeCovered(100);
      expect((await trail()).map(({ seq }) => seq)).toEqual([7, 8, 9, 10, 11, 12]);
    });
  });

  describe('signed heads', () => {
    const head = (seq: number) => ({ seq, hash: 'f'.repeat(64), at: 5, epoch: 0, keyId: 'k', signature: 's' });

    it('are kept in order, and go with the entries that they vouch for', async () => {
      for (let n = 0; n < 4; n++) {
        await record();
        clock.advance(1000);
      }
      for (const seq of [3, 1, 2]) await store().saveHead(head(seq));
      await store().saveHead({ ...head(2), at: 6 });
      expect(await store().heads(0, 2)).toEqual([head(1), { ...head(2), at: 6 }]);
      expect(await store().heads(2, 2)).toEqual([head(3)]);
      await store().checkpoint(clock.now().wall - 2000, clock.now());
      await store().removeCovered(100);
      expect(await store().heads(0, 10)).toEqual([head(3)]);
      expect(await store().epoch()).toBe(0);
    });
  });
}

/** The rules of a filter, told by one entry alone. */
function fits(entry: AuditEntry, { action, actor, taskId, outcome, from, to, q }: AuditFilter): boolean {
  const words: string[] = JSON.stringify(entry.detail).match(/\w+/g) ?? [];
  return [
    action === undefined || entry.action === action,
    actor === undefined || entry.actor.id === actor || entry.actor.name === actor,
    taskId === undefined || entry.taskId === taskId,
    outcome === undefined || entry.outcome === outcome,
    from === undefined || entry.at >= from,
    to === undefined || entry.at <= to,
    q === undefined || q.split(' ').every((word) => words.includes(word)),
  ].every(Boolean);
}
