import type { Clock, Instant } from './domain/clock.js';

export class SystemClock implements Clock {
  now(): Instant {
    return { wall: Date.now(), monotonic: performance.now() };
  }
}
