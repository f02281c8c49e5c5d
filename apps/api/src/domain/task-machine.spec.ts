import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Instant } from './clock.js';
import { type Claimant, LEASE_MS, type Reporter } from './lease.js';
import { isFinal, STATUSES, type TaskState, type TaskStatus } from './task.js';
import { type Retry, type TaskEvent, TRANSITIONS, transition } from './task-machine.js';

const TIMEOUT = 30_000;
const at = (wall: number): Instant => ({ wall, monotonic: wall / 2 });

const waiting: TaskState = {
  status: 'pending',
  attempt: 0,
  tries: 0,
  blocked: null,
  dueAt: null,
  cancelRequestedAt: null,
  expiresAt: 1000,
  startedAt: null,
  completedAt: null,
  lease: null,
  reported: false,
  note: null,
};
const worker: Claimant = {
  kind: 'session',
  tokenId: 'token',
  workerName: 'mac',
  workerId: 'worker',
  generation: 1,
  seq: 7,
};
const simple: Claimant = { kind: 'simple', tokenId: 'token', workerName: null };
const reporter: Reporter = { tokenId: 'token', workerName: 'mac' };

/** The state after `events`, all of which must be accepted. */
function following(events: TaskEvent[], now = at(10)): TaskState {
  return events.reduce((state, event) => {
    const verdict = transition(state, event, now);
    if (!verdict.ok) throw new Error(`${event.type} was refused: ${verdict.refusal}`);
    return verdict.state;
  }, waiting);
}

const claim: TaskEvent = { type: 'claim', claimant: worker, timeout: TIMEOUT, attemptsAbove: 0 };
const simpleClaim: TaskEvent = { ...claim, claimant: simple };
const retry: Retry = { at: 500, expiresAt: 2000 };
const finish = (change: Partial<Extract<TaskEvent, { type: 'finish' }>> = {}): TaskEvent => ({
  type: 'finish',
  outcome: 'completed',
  attempt: 1,
  reporter,
  retry: null,
  ...change,
});
const lose: TaskEvent = { type: 'lose', note: 'lost', retry: null };
const cancel: TaskEvent = { type: 'cancel' };
const revive: TaskEvent = { type: 'revive', attempt: 1, workerId: 'worker', generation: 2 };
const refusal = (state: TaskState, event: TaskEvent, now = at(10)) => {
  const verdict = transition(state, event, now);
  return verdict.ok ? verdict.state.status : verdict.refusal;
};

describe('the task machine', () => {
  it('hands a waiting task out as the next attempt, with a lease', () => {
    const state = following([claim]);
    expect(state).toMatchObject({ status: 'running', attempt: 1, startedAt: 10 });
    expect(state.lease).toMatchObject({ workerName: 'mac', deadline: 5 + LEASE_MS });
    expect(state.lease?.session).toEqual({ workerId: 'worker', generation: 1, seq: 7, listed: false });
  });

  it("gives a simple worker the task's own time and a minute", () => {
    const state = following([simpleClaim]);
    expect(state.lease).toMatchObject({ session: null, duration: TIMEOUT + 60_000 });
  });

  it('does not hand out what has expired, nor expire what may still wait', () => {
    expect(refusal(waiting, claim, at(1000))).toBe('not_possible');
    expect(refusal(waiting, { type: 'expire', why: null }, at(999))).toBe('not_possible');
    expect(refusal(waiting, { type: 'expire', why: null }, at(1000))).toBe('expired');
  });

  it('spends the attempt number of a hand-out that never arrived', () => {
    const state = following([claim, { type: 'release' }, claim]);
    expect(state).toMatchObject({ status: 'running', attempt: 2 });
  });

  it('takes a report once and knows its repetition', () => {
    const done = following([claim, finish({ outcome: 'failed' })]);
    expect(done).toMatchObject({ status: 'failed', completedAt: 10, reported: true });
    expect(refusal(done, finish())).toBe('repeated');
  });

  it('refuses the report of an older attempt, and one that does not say which it is', () => {
    const second = following([claim, { type: 'release' }, claim]);
    expect(refusal(second, finish({ attempt: 1 }))).toBe('stale_attempt');
    expect(refusal(second, finish({ attempt: null }))).toBe('stale_attempt');
    expect(refusal(second, finish({ attempt: 2 }))).toBe('completed');
    expect(refusal(following([claim]), finish({ attempt: null }))).toBe('completed');
  });

  it('takes a report that does not say its attempt after a restore too, from the first of the new epoch', () => {
    const claimAgain = { ...claim, attemptsAbove: 2_000_000 } as TaskEvent;
    expect(refusal(following([claimAgain]), finish({ attempt: null }))).toBe('completed');
    const second = following([claimAgain, { type: 'release' }, claimAgain]);
    expect(refusal(second, finish({ attempt: null }))).toBe('stale_attempt');
  });

  it('refuses a report of a task that nobody holds', () => {
    expect(refusal(waiting, finish())).toBe('stale_attempt');
    expect(refusal(following([claim, { type: 'release' }]), finish())).toBe('stale_attempt');
  });

  it('lets only the claimant report', () => {
    const running = following([claim]);
    expect(refusal(running, finish({ reporter: { tokenId: 'other', workerName: 'mac' } }))).toBe('not_claimant');
    expect(refusal(running, finish({ reporter: { tokenId: 'token', workerName: 'linux' } }))).toBe('not_claimant');
    expect(refusal(running, finish({ reporter: { tokenId: 'token', workerName: null } }))).toBe('completed');
  });

  it('revives a lost attempt for the worker that had it, and takes its true result', () => {
    const lost = following([claim, lose]);
    expect(lost).toMatchObject({ status: 'lost', completedAt: 10, note: 'lost' });
    expect(refusal(lost, { ...revive, workerId: 'another' })).toBe('not_claimant');
    expect(refusal(lost, { ...revive, attempt: 2 })).toBe('stale_attempt');
    const revived = following([claim, lose, revive]);
    expect(revived).toMatchObject({ status: 'running', completedAt: null, note: null });
    expect(revived.lease?.session).toMatchObject({ generation: 2, listed: true });
    expect(refusal(lost, finish())).toBe('completed');
  });

  it('waits for a further attempt when an end is to be retried, and knows the repeated report of the last one', () => {
    const retried = following([claim, finish({ outcome: 'failed', retry })]);
    expect(retried).toMatchObject({
      status: 'pending',
      blocked: 'due',
      dueAt: 500,
      expiresAt: 2000,
      completedAt: null,
    });
    expect(refusal(retried, claim)).toBe('not_possible');
    expect(refusal(retried, finish({ outcome: 'failed' }))).toBe('repeated');
    const second = transition({ ...retried, blocked: null }, claim, at(500));
    expect(second).toMatchObject({ state: { status: 'running', attempt: 2, tries: 2, reported: false } });
  });

  it('takes back, or takes the true result of, a lost attempt whose successor has not begun', () => {
    const waitingAgain = following([claim, { ...lose, retry }]);
    expect(waitingAgain).toMatchObject({ status: 'pending', blocked: 'due' });
    expect(refusal(waitingAgain, revive)).toBe('running');
    expect(refusal(waitingAgain, finish())).toBe('completed');
    expect(refusal(waitingAgain, finish({ outcome: 'failed', retry }))).toBe('pending');
  });

  it('does not count a hand-out that never arrived as a try, and numbers attempts above the epoch', () => {
    expect(following([claim, { type: 'release' }])).toMatchObject({ tries: 0, attempt: 1 });
    expect(following([{ ...claim, attemptsAbove: 1_000_000 } as TaskEvent])).toMatchObject({
      tries: 1,
      attempt: 1_000_001,
    });
  });

  it('cancels a waiting task at once, and asks the worker of a running one', () => {
    expect(following([cancel])).toMatchObject({ status: 'cancelled', completedAt: 10 });
    const asked = following([claim, cancel]);
    expect(asked).toMatchObject({ status: 'running', cancelRequestedAt: 10 });
    expect(refusal(asked, finish({ outcome: 'cancelled' }))).toBe('cancelled');
    expect(refusal(asked, finish())).toBe('completed');
    expect(refusal(asked, { ...lose, retry })).toBe('lost');
    expect(refusal(asked, finish({ outcome: 'failed', retry }))).toBe('failed');
    expect(refusal(asked, { type: 'release' })).toBe('cancelled');
    expect(refusal(following([claim, finish()]), cancel)).toBe('not_possible');
  });

  it('ends the task of a simple worker when it is cancelled, and refuses its late report', () => {
    const ended = following([simpleClaim, cancel]);
    expect(ended).toMatchObject({ status: 'cancelled', completedAt: 10 });
    expect(refusal(ended, finish({ reporter: { tokenId: 'token', workerName: null } }))).toBe('stale_attempt');
  });

  it('neither hands out nor expires what is held back after a restore', () => {
    const held: TaskState = { ...waiting, blocked: 'held' };
    expect(refusal(held, claim)).toBe('not_possible');
    expect(refusal(held, { type: 'expire', why: null }, at(5000))).toBe('not_possible');
    expect(refusal(held, cancel)).toBe('cancelled');
  });

  it('never revives an attempt of a simple worker', () => {
    const lost = following([simpleClaim, lose]);
    expect(refusal(lost, revive)).toBe('not_claimant');
  });
});

const anyClaimant = fc.constantFrom<Claimant>(worker, simple, { ...worker, workerId: 'second', workerName: 'linux' });
const anyEvent: fc.Arbitrary<TaskEvent> = fc.oneof(
  anyClaimant.map((claimant): TaskEvent => ({ ...claim, claimant })),
  fc.constant<TaskEvent>({ type: 'release' }),
  fc.record({
    type: fc.constant('finish' as const),
    outcome: fc.constantFrom('completed', 'failed', 'timed_out', 'cancelled'),
    attempt: fc.option(fc.integer({ min: 1, max: 4 })),
    reporter: fc.constantFrom<Reporter>(reporter, { tokenId: 'token', workerName: null }),
    retry: fc.constantFrom(null, retry),
  }),
  fc.constantFrom(lose, { ...lose, retry }),
  fc.constant(cancel),
  fc.record({
    type: fc.constant('revive' as const),
    attempt: fc.integer({ min: 1, max: 4 }),
    workerId: fc.constantFrom('worker', 'second'),
    generation: fc.integer({ min: 1, max: 3 }),
  }),
  fc.constant<TaskEvent>({ type: 'expire', why: null }),
);

describe('any history of events', () => {
  it('moves only along the edges of the table, and never back in attempts', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyEvent, fc.integer({ min: 0, max: 2000 })), { maxLength: 60 }), (history) => {
        let state = waiting;
        for (const [event, wall] of history) {
          const verdict = transition(state, event, at(wall));
          if (!verdict.ok) continue;
          expect(Object.keys(STATUSES)).toContain(verdict.state.status);
          expect(TRANSITIONS[state.status][event.type]).toContain(verdict.state.status);
          expect(verdict.state.attempt).toBeGreaterThanOrEqual(state.attempt);
          state = verdict.state;
        }
      }),
    );
  });

  it('leaves a final status only by the return of a lost worker', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (history) => {
        let state = waiting;
        for (const event of history) {
          const verdict = transition(state, event, at(10));
          if (!verdict.ok) continue;
          if (verdict.state.status === 'pending' && verdict.state.blocked === 'due') {
            // Its time has come, as the timer for due tasks sees it.
            verdict.state.blocked = null;
          }
          if (isFinal(state.status)) {
            expect(state.status).toBe('lost');
            expect(['revive', 'finish']).toContain(event.type);
          }
          state = verdict.state;
        }
      }),
    );
  });

  it('ends exactly the tasks that have an end time', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (history) => {
        let state = waiting;
        for (const event of history) {
          const verdict = transition(state, event, at(10));
          if (verdict.ok) state = verdict.state;
          expect(state.completedAt !== null).toBe(isFinal(state.status));
          expect(state.lease !== null || !['running', 'lost'].includes(state.status)).toBe(true);
        }
      }),
    );
  });
});

describe('docs/state-machine.md', () => {
  it('draws the edges of the table, no more and no fewer', () => {
    const text = readFileSync(new URL('../../../../docs/state-machine.md', import.meta.url), 'utf8');
    const drawn = [...text.matchAll(/^ {2}(\w+) --> (\w+): ([\w, ]+)$/gm)].flatMap(([, from, to, events]) =>
      (events ?? '').split(', ').map((event) => `${from} ${event} ${to}`),
    );
    const declared = (Object.keys(TRANSITIONS) as TaskStatus[]).flatMap((from) =>
      Object.entries(TRANSITIONS[from]).flatMap(([event, targets]) => targets.map((to) => `${from} ${event} ${to}`)),
    );
    expect(drawn.sort()).toEqual(declared.sort());
  });
});
