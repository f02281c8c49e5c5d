import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judgeDue, MISFIRES, realignedFire, type Timetable } from './schedule.js';

const MINUTE = 60_000;
const START = 1_800_000_000_000;

/** Fires `interval` after `START` and so on; counts how often it is asked. */
function everyMs(interval: number): Timetable & { asked: number } {
  return {
    asked: 0,
    next(after) {
      this.asked++;
      return START + (Math.floor((after - START) / interval) + 1) * interval;
    },
  };
}

/** Fires at these times only. */
const at = (...times: number[]): Timetable => ({ next: (after) => times.find((time) => time > after) ?? null });

describe('judgeDue', () => {
  it('fires what has just come, and waits for the next', () => {
    expect(judgeDue(everyMs(MINUTE), START + MINUTE, 'run-once', START + MINUTE + 5)).toEqual({
      fireAt: START + MINUTE,
      missed: null,
      next: START + 2 * MINUTE,
    });
  });

  it.each(MISFIRES)('fires what is a minute late, under %s', (misfire) => {
    const due = judgeDue(at(START), START, misfire, START + MINUTE);
    expect(due).toEqual({ fireAt: START, missed: null, next: null });
  });

  it('makes up for what is later with one fire, under run-once', () => {
    const now = START + 600 * MINUTE + 1;
    expect(judgeDue(everyMs(10 * MINUTE), START + 10 * MINUTE, 'run-once', now + 2 * MINUTE)).toEqual({
      fireAt: START + 600 * MINUTE,
      missed: { count: 59, more: false, from: START + 10 * MINUTE, to: START + 590 * MINUTE },
      next: START + 610 * MINUTE,
    });
  });

  it('passes over what is later, under skip', () => {
    expect(judgeDue(at(START, START + 1000), START, 'skip', START + 1000 + MINUTE + 1)).toEqual({
      fireAt: null,
      missed: { count: 2, more: false, from: START, to: START + 1000 },
      next: null,
    });
  });

  it('still fires the latest, under skip, when that is in time', () => {
    expect(judgeDue(everyMs(MINUTE), START + MINUTE, 'skip', START + 5 * MINUTE + 10)).toEqual({
      fireAt: START + 5 * MINUTE,
      missed: { count: 4, more: false, from: START + MINUTE, to: START + 4 * MINUTE },
      next: START + 6 * MINUTE,
    });
  });

  it('does not count millions one by one', () => {
    const timetable = everyMs(1000);
    const now = START + 400 * 86_400_000;
    const { fireAt, missed } = judgeDue(timetable, START + 1000, 'run-once', now);
    expect(fireAt).toBe(now);
    expect(missed).toEqual({ count: 1000, more: true, from: START + 1000, to: now - 1000 });
    expect(timetable.asked).toBeLessThan(1200);
  });

  it('agrees with a list of all fire times, however they lie', () => {
    const times = fc.uniqueArray(fc.integer({ min: 0, max: 500_000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(times, fc.nat(600_000), fc.constantFrom(...MISFIRES), (offsets, passed, misfire) => {
        const fires = offsets.map((offset) => START + offset).sort((a, b) => a - b);
        const now = START + passed;
        const come = fires.filter((fire) => fire <= now);
        const latest = come.at(-1);
        if (come[0] === undefined || latest === undefined) return;
        const due = judgeDue(at(...fires), come[0], misfire, now);
        const fireAt = misfire === 'run-once' || now - latest <= MINUTE ? latest : null;
        const missed = come.filter((fire) => fire !== fireAt);
        expect(due.fireAt).toBe(fireAt);
        expect(due.missed?.count ?? 0).toBe(missed.length);
        expect([due.missed?.from, due.missed?.to]).toEqual([missed[0], missed.at(-1)]);
        expect(due.next).toBe(fires.find((fire) => fire > now) ?? null);
      }),
    );
  });
});

describe('realignedFire', () => {
  const timetable = everyMs(MINUTE);

  it('leaves what has come to be dealt with', () => {
    expect(realignedFire(timetable, START, START + 90 * MINUTE)).toBe(START);
  });

  it('comes back to the next time when the clock was set back, and finds one where none was known', () => {
    expect(realignedFire(timetable, START + 90 * MINUTE, START)).toBe(START + MINUTE);
    expect(realignedFire(timetable, null, START)).toBe(START + MINUTE);
    expect(realignedFire(timetable, START + MINUTE, START)).toBe(START + MINUTE);
  });
});
