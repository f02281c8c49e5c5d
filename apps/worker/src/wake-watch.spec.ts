import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { watchForWakes } from './wake-watch.js';

let monotonic: number;
let wall: number;
let away: number[];
let stop: AbortController;
let watching: Promise<void>;
let tick: () => void;
beforeEach(() => {
  monotonic = 1000;
  wall = 1_800_000_000_000;
  away = [];
  stop = new AbortController();
  const sleep = () =>
    new Promise<void>((resolve) => {
      tick = resolve;
    });
  watching = watchForWakes(
    { now: () => monotonic, sleep },
    (ms) => away.push(ms),
    stop.signal,
    () => wall,
  );
});
afterEach(async () => {
  stop.abort();
  tick();
  await watching;
});

/** Lets so much time go by on each clock before the watch looks again. */
async function pass(clocks: { monotonic: number; wall: number }): Promise<void> {
  monotonic += clocks.monotonic;
  wall += clocks.wall;
  tick();
  await new Promise(setImmediate);
}

describe('watchForWakes', () => {
  it('says nothing while time goes by as it should, or a little late', async () => {
    await pass({ monotonic: 2000, wall: 2000 });
    await pass({ monotonic: 4000, wall: 4000 });
    await pass({ monotonic: 6999, wall: 6999 });
    expect(away).toEqual([]);
  });

  it('notices a sleep, in which only the wall clock goes on', async () => {
    await pass({ monotonic: 2000, wall: 3_602_000 });
    await pass({ monotonic: 2000, wall: 2000 });
    expect(away).toEqual([3_600_000]);
  });

  it('notices that the process was stopped', async () => {
    await pass({ monotonic: 92_000, wall: 92_000 });
    expect(away).toEqual([90_000]);
  });

  it('takes no notice of a wall clock that is set back', async () => {
    await pass({ monotonic: 2000, wall: -3_600_000 });
    await pass({ monotonic: 2000, wall: 2000 });
    expect(away).toEqual([]);
  });
});
