import { setTimeout as delay } from 'node:timers/promises';

/** How long to wait between attempts, in milliseconds: twice as long each time. */
export interface Pauses {
  first: number;
  most: number;
}

export const PAUSES: Pauses = { first: 1000, most: 60_000 };

/** Answers the next pause each time it is called. */
export function growing({ first, most }: Pauses): () => number {
  let next = first;
  return () => {
    const pause = next;
    next = Math.min(most, next * 2);
    return pause;
  };
}

/** Waits for so long, or until `signal` says that the server stops. */
export async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { ref: false, signal }).catch(() => undefined);
}
