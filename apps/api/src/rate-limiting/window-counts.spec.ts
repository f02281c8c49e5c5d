import 'reflect-metadata';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '../storage/testing/builders.js';
import { WindowCounts } from './window-counts.js';

const MINUTE = 60_000;

let clock: ManualClock;
let counts: WindowCounts;
beforeEach(() => {
  clock = new ManualClock();
  counts = new WindowCounts(clock);
});

const hit = (key = 'a', limit = 2) => counts.hit('token', key, limit, MINUTE);

describe('WindowCounts', () => {
  it('lets as many through as the limit says, and tells when the next may come', () => {
    expect(hit()).toEqual({ totalHits: 1, timeToExpire: 60, isBlocked: false, timeToBlockExpire: 0 });
    clock.advance(100);
    expect(hit()).toEqual({ totalHits: 2, timeToExpire: 60, isBlocked: false, timeToBlockExpire: 0 });
    clock.advance(59_899);
    expect(hit()).toEqual({ totalHits: 2, timeToExpire: 1, isBlocked: true, timeToBlockExpire: 1 });
  });

  it('does not hold the refused calls against a key: after the time that it was told, it gets through', () => {
    for (let n = 0; n < 10; n++) hit();
    const { timeToBlockExpire } = hit();
    clock.advance(timeToBlockExpire * 1000);
    expect(hit()).toMatchObject({ isBlocked: false, totalHits: 1 });
  });

  it('counts keys and throttlers apart', async () => {
    hit('a', 1);
    expect(hit('a', 1).isBlocked).toBe(true);
    expect(hit('b', 1).isBlocked).toBe(false);
    expect((await counts.increment('a', MINUTE, 1, 0, 'heavy')).isBlocked).toBe(false);
  });

  it('does not mind a wall clock that jumps', () => {
    hit('a', 1);
    const { now } = clock;
    clock.now = () => ({ ...now.call(clock), wall: 0 });
    expect(hit('a', 1).isBlocked).toBe(true);
  });

  it('counts the keys beyond its bound as one, until others have ended', () => {
    for (let n = 0; n < 50_000; n++) hit(`key ${n}`, 1);
    expect(hit('one more', 1).isBlocked).toBe(false);
    expect(hit('and another', 1).isBlocked).toBe(true);
    expect(hit('key 7', 1).isBlocked).toBe(true);
    clock.advance(MINUTE);
    expect([hit('one more', 1).isBlocked, hit('and another', 1).isBlocked]).toEqual([false, false]);
  });
});
