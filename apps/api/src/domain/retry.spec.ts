import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type RetryPolicy, retryTime } from './retry.js';

const policy: RetryPolicy = { maxAttempts: 3, on: ['failed', 'timed_out'], delay: 1000 };
const now = { wall: 10_000 };

describe('retryTime', () => {
  it('answers when, for the ends that are retried, until the attempts are used up', () => {
    expect(retryTime(policy, 1, 'failed', now, 0)).toBe(11_000);
    expect(retryTime(policy, 2, 'timed_out', now, 0)).toBe(12_000);
    expect(retryTime(policy, 3, 'failed', now, 0)).toBeNull();
    for (const end of ['completed', 'cancelled', 'lost']) expect(retryTime(policy, 1, end, now, 0)).toBeNull();
    expect(retryTime({ ...policy, on: ['lost'] }, 1, 'lost', now, 0)).toBe(11_000);
  });

  it('never waits less than its delay, nor more than half as long again as the doubled one', () => {
    const tries = fc.integer({ min: 1, max: 99 });
    const delay = fc.integer({ min: 0, max: 86_400_000 });
    fc.assert(
      fc.property(tries, delay, fc.double({ min: 0, max: 1, noNaN: true }), (count, wait, random) => {
        const at = retryTime({ ...policy, maxAttempts: 100, delay: wait }, count, 'failed', now, random) ?? 0;
        expect(at - now.wall).toBeGreaterThanOrEqual(wait);
        expect(at - now.wall).toBeLessThanOrEqual(
          1.5 * Math.max(wait, Math.min(wait * 2 ** (count - 1), 3_600_000)) + 1,
        );
      }),
    );
  });
});
