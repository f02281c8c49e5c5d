import type { Pacing } from '../pacing.js';
import { Inbox } from './inbox.js';

/** A pause that lasts until the test ends it. */
export interface ManualSleep {
  ms: number;
  /** Ends the pause, all of its time gone by. */
  pass(): void;
}

/** Time that only a test lets go by; chance that is always the same. */
export class ManualPacing implements Pacing {
  readonly sleeps = new Inbox<ManualSleep>();
  private time = 0;

  constructor(private readonly chance = 0.5) {}

  now(): number {
    return this.time;
  }

  random(): number {
    return this.chance;
  }

  advance(ms: number): void {
    this.time += ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const pass = () => {
        this.time += ms;
        resolve();
      };
      this.sleeps.put({ ms, pass });
      if (signal?.aborted) resolve();
      else signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
