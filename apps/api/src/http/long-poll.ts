import type { Topic, Wakeups } from '../wakeups/wakeups.js';
import { ApiError } from './problem.js';

export interface LongPoll<T> {
  topics: readonly Topic[];
  /** Looks whether there is something to answer; null means: wait on. */
  look: () => Promise<T | null>;
  /** How long to wait at the most, in milliseconds; 0 looks once. */
  wait: number;
  /**
   * Each ends the wait early: the caller has gone, a newer poll has come, the server stops. One whose reason is an
   * `ApiError`, as when the token of the call is revoked, ends it with that error.
   */
  signals: readonly AbortSignal[];
}

/** Answers what `look` finds, at once or as soon as a wake-up makes it find something; null when the wait ends first. */
export async function longPoll<T>(wakeups: Wakeups, poll: LongPoll<T>): Promise<T | null> {
  const { look, wait, signals } = poll;
  throwRefusal(signals);
  if (signals.some(({ aborted }) => aborted)) return null;
  // Getting ready to wait takes longer than looking, and most calls find something at once.
  const found = await look();
  if (found !== null) return found;
  throwRefusal(signals);
  return wait === 0 ? null : waitFor(wakeups, poll);
}

async function waitFor<T>(wakeups: Wakeups, { topics, look, wait, signals }: LongPoll<T>): Promise<T | null> {
  const givenUp = () => signals.some((signal) => signal.aborted);
  let over = givenUp();
  let wake: (() => void) | undefined;
  let unheeded: Topic | undefined;
  const end = () => {
    over = true;
    wake?.();
  };
  // Subscribe before looking: a wake between the two would be lost.
  const unsubscribe = wakeups.subscribe(topics, (topic) => {
    unheeded = topic;
    wake?.();
  });
  const timer = setTimeout(end, wait);
  for (const signal of signals) signal.addEventListener('abort', end);
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      throwRefusal(signals);
      if (givenUp()) return null;
      const heeded = unheeded;
      unheeded = undefined;
      const found = await look().catch((error) => {
        unheeded = heeded;
        throw error;
      });
      if (found !== null) return found;
      if (over) {
        throwRefusal(signals);
        return null;
      }
      await woken;
    }
  } finally {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener('abort', end);
    unsubscribe();
    // It came too late for this poll, and may have been for this poll alone.
    if (unheeded) wakeups.notifyOne(unheeded);
  }
}

function throwRefusal(signals: readonly AbortSignal[]): void {
  for (const { reason } of signals) if (reason instanceof ApiError) throw reason;
}
