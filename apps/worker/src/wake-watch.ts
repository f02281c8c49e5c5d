import type { Pacing } from './pacing.js';

/** How often it looks, and how much more than that has to have gone by, in milliseconds. */
const LOOK_EVERY = 2_000;
const NOTICED_FROM = 5_000;

/**
 * Calls back with the milliseconds for which this process did not run: the machine slept, or somebody stopped it. A sleep
 * shows on the wall clock, since the other one stands still on most systems, and a stopped process on both. A wall clock
 * that is set forward looks the same, and what a wake-up does is harmless then. Until `signal` is aborted.
 */
export async function watchForWakes(
  { now, sleep }: Pick<Pacing, 'now' | 'sleep'>,
  onWake: (away: number) => void,
  signal: AbortSignal,
  wallNow: () => number = Date.now,
): Promise<void> {
  while (!signal.aborted) {
    const before = { monotonic: now(), wall: wallNow() };
    await sleep(LOOK_EVERY, signal);
    const away = Math.max(now() - before.monotonic, wallNow() - before.wall) - LOOK_EVERY;
    if (away >= NOTICED_FROM && !signal.aborted) onWake(away);
  }
}
