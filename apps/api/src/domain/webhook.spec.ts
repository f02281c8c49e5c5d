import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WEBHOOK_EVENTS } from '#contracts';
import { actionsOf, disabledAfter, nextAttemptAt, TOLD_ACTIONS } from './webhook.js';

const DAY = 86_400_000;
const FIRST_PAUSE = 5000;
const LONGEST_PAUSE = 7_200_000;
const failed = { status: 503, retryAfter: null };

describe('the next attempt', () => {
  const since = 1_800_000_000_000;
  const random = fc.double({ min: 0, max: 1, noNaN: true });

  it('is later, within a day, and never sooner than the back-off or the receiver wants', () => {
    const anyEnd = fc.record({
      status: fc.option(fc.integer({ min: 300, max: 599 }).filter((status) => status !== 410)),
      retryAfter: fc.option(fc.integer({ min: 0, max: 10 * DAY })),
    });
    const attempts = fc.integer({ min: 1, max: 100 });
    const passed = fc.integer({ min: 0, max: 2 * DAY });
    fc.assert(
      fc.property(attempts, passed, anyEnd, random, (attempts, passed, end, random) => {
        const now = since + passed;
        const next = nextAttemptAt({ attempts, since }, end, now, random);
        if (passed >= DAY) return next === null;
        const backOff = Math.min(FIRST_PAUSE * 3 ** (attempts - 1), LONGEST_PAUSE);
        const wanted = Math.min(end.retryAfter ?? 0, DAY / 2);
        const soonest = Math.min(now + Math.max(backOff, wanted), since + DAY);
        const latest = Math.min(now + Math.max(1.5 * backOff, wanted) + 1, since + DAY);
        return next !== null && next > now && next >= soonest && next <= latest;
      }),
    );
  });

  it('comes with pauses that grow to two hours, until a day is over', () => {
    fc.assert(
      fc.property(fc.array(random, { minLength: 40, maxLength: 40 }), (randoms) => {
        let now = since;
        let attempts = 0;
        for (const random of randoms) {
          attempts++;
          const next = nextAttemptAt({ attempts, since }, failed, now, random);
          if (next === null) break;
          now = next;
        }
        // The last one is made when the day is over, and no sooner.
        return now === since + DAY && attempts >= 14 && attempts <= 21;
      }),
    );
  });

  it('is none after 410', () => {
    expect(nextAttemptAt({ attempts: 1, since }, { status: 410, retryAfter: 1 }, since, 0)).toBeNull();
  });
});

describe('a webhook', () => {
  it('is disabled by 410, or by three days of nothing but failure', () => {
    expect(disabledAfter(null, { status: 410 }, 0)).toBe('gone');
    expect(disabledAfter(0, { status: 500 }, 3 * DAY - 1)).toBeNull();
    expect(disabledAfter(0, { status: null }, 3 * DAY)).toBe('failing');
  });

  it('is told of the actions that it names, one by one or all of a kind', () => {
    expect(actionsOf(['task.failed', 'worker.*'])).toEqual(['task.failed', 'worker.registered', 'worker.offline']);
    expect(actionsOf(['task.*', 'worker.*', 'schedule.*'])).toEqual([...TOLD_ACTIONS]);
    expect(actionsOf([])).toEqual([]);
  });

  it('knows the events that the contract has', () => expect(WEBHOOK_EVENTS).toEqual(TOLD_ACTIONS));
});
