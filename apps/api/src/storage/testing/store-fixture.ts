import { afterEach, beforeEach } from '@jest/globals';
import type { AuditEntry } from '#audit-chain';
import type { Change } from '../change-feed.js';
import type { Storage } from '../storage.js';
import { EVERY_TASK, type Exchange, type Report, type TaskFilter } from '../task-store.js';
import { aPoll, aReport, aSimpleWorker, aTask, ManualClock, operator } from './builders.js';

/** What the suite needs of an adapter beside the port. */
export interface StoreUnderTest {
  storage: Storage;
  /** Every change that was told of so far. */
  changes: Change[];
  /** The whole audit, oldest first. */
  auditTrail(): Promise<AuditEntry[]>;
  /** Closes the store and opens what it has kept, as a restart of the server does. */
  reopen(): Promise<StoreUnderTest>;
  close(): Promise<void>;
}

/** Answers an empty store that holds at most `maxPending` waiting tasks. */
export type MakeStore = (limits: { maxPending: number; maxOutputBytes?: number }) => Promise<StoreUnderTest>;

export const MAX_PENDING = 5;

export type StoreFixture = ReturnType<typeof storeFixture>;

/** A new store for each test, and short ways to use it on a clock that the test moves. */
export function storeFixture(makeStore: MakeStore) {
  let under: StoreUnderTest;
  let clock: ManualClock;
  let seq: number;
  const store = () => under.storage.tasks;
  const now = () => clock.now();

  beforeEach(async () => {
    clock = new ManualClock();
    seq = 0;
    under = await makeStore({ maxPending: MAX_PENDING });
  });
  afterEach(() => under.close());

  return {
    store,
    output: () => under.storage.output,
    workers: () => under.storage.workers,
    webhooks: () => under.storage.webhooks,
    files: () => under.storage.files,
    messages: () => under.storage.discordMessages,
    changes: () => under.changes,
    now,
    advance: (ms: number) => clock.advance(ms),
    reopen: async () => {
      under = await under.reopen();
    },
    auditTrail: () => under.auditTrail(),
    submit: async (change: Parameters<typeof aTask>[0] = {}) => {
      const task = aTask(change);
      await store().submit([task], null, operator, now());
      return (await store().find(task.id)) ?? raise('a task that was stored cannot be found');
    },
    list: (limit: number, before: number | null = null, filter: Partial<TaskFilter> = {}) =>
      store().list({ ...EVERY_TASK, ...filter }, limit, before),
    status: async (id: string) => (await store().find(id))?.state.status,
    claim: () => store().claim(aSimpleWorker, operator, now()),
    report: (id: string, change: Partial<Report> = {}) => store().report(aReport(id, change), operator, now()),
    /** The next poll of the worker "mac", settled. */
    poll: async (change: Parameters<typeof aPoll>[0] = {}) => {
      seq++;
      const { claimant, ...rest } = change;
      const exchange = await store().exchange(aPoll({ ...rest, claimant: { seq, ...claimant } }), operator, now());
      if (exchange.kind !== 'settled') throw new Error(`the poll was not settled: ${exchange.kind}`);
      return exchange;
    },
    /** What a worker lists that has received the answer to its poll. */
    held: (exchange: Exchange & { kind: 'settled' }) =>
      exchange.handOuts.map(({ id: taskId, attempt }) => ({ taskId, attempt })),
  };
}

function raise(message: string): never {
  throw new Error(message);
}
