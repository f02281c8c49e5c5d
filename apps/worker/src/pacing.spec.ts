import { describe, expect, it } from '@jest/globals';
import { Backoff, realPacing } from './pacing.js';
import { ManualPacing } from './testing/manual-pacing.js';

describe('Backoff', () => {
  it('doubles up to a cap, and starts over after a reset', () => {
    const backoff = new Backoff(new ManualPacing(1));
    const pauses = Array.from({ length: 8 }, () => backoff.next());
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    backoff.reset();
    expect(backoff.next()).toBe(250);
  });

  it('leaves it to chance how much of a pause is taken, but never takes none', () => {
    expect(new Backoff(new ManualPacing(0.5)).next()).toBe(125);
    expect(new Backoff(new ManualPacing(0)).next()).toBe(50);
  });

  it('waits as long as it is asked to', () => {
    expect(new Backoff(new ManualPacing(1)).next(30_000)).toBe(30_000);
  });

  it('keeps its cap however often it fails', () => {
    const backoff = new Backoff(new ManualPacing(1));
    for (let failures = 0; failures < 2000; failures += 1) backoff.next();
    expect(backoff.next()).toBe(15_000);
  });
});

describe('realPacing.sleep', () => {
  it('ends at once, without an error, when its signal aborts', async () => {
    const abort = new AbortController();
    const sleeping = realPacing.sleep(3_600_000, abort.signal);
    abort.abort();
    await sleeping;
    await realPacing.sleep(3_600_000, abort.signal);
  });
});
