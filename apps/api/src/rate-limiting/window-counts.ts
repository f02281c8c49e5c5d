import { Inject, Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import type { Clock } from '../domain/clock.js';
import { CLOCK } from '../injection-tokens.js';

/** How the calls of one key stand against their limit. Times are whole seconds, rounded up. */
export interface Count {
  totalHits: number;
  timeToExpire: number;
  isBlocked: boolean;
  timeToBlockExpire: number;
}

interface Window {
  hits: number;
  /** Monotonic milliseconds. */
  endsAt: number;
}

/** How many keys of one throttler are counted apart; those beyond share one count. */
const MAX_KEYS = 50_000;
const OVERFLOW = 'overflow';

/**
 * Counts calls in fixed windows, each beginning with the first call of its key: one number a key, however many calls.
 * A refused call is not counted, so that whoever waits as long as it was told to gets through.
 */
@Injectable()
export class WindowCounts implements ThrottlerStorage {
  /** By throttler; in each, windows stand in the order in which they end, since all of one throttler are equally long. */
  private readonly windows = new Map<string, Map<string, Window>>();

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  async increment(key: string, ttl: number, limit: number, _block: number, throttler: string): Promise<Count> {
    return this.hit(throttler, key, limit, ttl);
  }

  /** Counts a call of `key`, unless `limit` of them have been counted in this window of `ttl` ms. */
  hit(throttler: string, key: string, limit: number, ttl: number): Count {
    const now = this.clock.now().monotonic;
    const window = this.windowOf(throttler, key, ttl, now);
    const isBlocked = window.hits >= limit;
    if (!isBlocked) window.hits++;
    const left = Math.ceil((window.endsAt - now) / 1000);
    return { totalHits: window.hits, timeToExpire: left, isBlocked, timeToBlockExpire: isBlocked ? left : 0 };
  }

  private windowOf(throttler: string, key: string, ttl: number, now: number): Window {
    const windows = this.windows.get(throttler) ?? new Map<string, Window>();
    this.windows.set(throttler, windows);
    for (const [ended, { endsAt }] of windows) {
      if (endsAt > now) break;
      windows.delete(ended);
    }
    const counted = windows.has(key) || windows.size < MAX_KEYS ? key : OVERFLOW;
    const known = windows.get(counted);
    if (known) return known;
    const opened = { hits: 0, endsAt: now + ttl };
    windows.set(counted, opened);
    return opened;
  }
}
