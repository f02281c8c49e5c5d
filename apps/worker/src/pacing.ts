import { setTimeout as delay } from 'node:timers/promises';

/** Time and chance, so that tests can decide both. */
export interface Pacing {
  /** Milliseconds on a clock that never goes back; only differences mean something. */
  now(): number;
  /** From 0 to below 1. */
  random(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const realPacing: Pacing = {
  now: () => performance.now(),
  random: () => Math.random(),
  sleep: (ms, signal) =>
    delay(ms, undefined, { signal }).catch((error: unknown) => {
      if (!signal?.aborted) throw error;
    }),
};

const BASE = 250;
const LONGEST = 15_000;
/** Chance may draw a pause of almost nothing; a failing server is never asked more often than this. */
const FLOOR = 50;

/** Exponential back-off with full jitter: workers that lost the same server do not come back in step. */
export class Backoff {
  private failures = 0;

  /** @param longest what chance may draw at most, in milliseconds */
  constructor(
    private readonly pacing: Pacing,
    private readonly longest = LONGEST,
  ) {}

  reset(): void {
    this.failures = 0;
  }

  /** The pause after one more failure in milliseconds, at least `atLeast`. */
  next(atLeast = 0): number {
    const ceiling = Math.min(this.longest, BASE * 2 ** this.failures);
    this.failures += 1;
    return Math.max(atLeast, FLOOR, Math.round(this.pacing.random() * ceiling));
  }
}
