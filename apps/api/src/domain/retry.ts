/** The ends of an attempt that may be followed by another. */
export const RETRIED_ENDS = ['failed', 'timed_out', 'lost'] as const;
type RetriedEnd = (typeof RETRIED_ENDS)[number];

export interface RetryPolicy {
  maxAttempts: number;
  on: readonly RetriedEnd[];
  /** Milliseconds before the second attempt; each further one waits twice as long. */
  delay: number;
}

/** The longest that a back-off grows to by doubling, in milliseconds. */
const LONGEST_DELAY_MS = 3_600_000;
/** How much longer than its back-off a pause may be, so that what failed together is not retried together. */
const JITTER = 0.5;

/**
 * When to try again after an attempt that ended so, in wall-clock milliseconds; null when it is not to be tried again.
 * @param tries how many attempts there were, this one included
 * @param random from 0 to 1
 */
export function retryTime(
  policy: RetryPolicy,
  tries: number,
  end: string,
  now: { wall: number },
  random: number,
): number | null {
  if (!policy.on.some((retried) => retried === end) || tries >= policy.maxAttempts) return null;
  const doubled = policy.delay * 2 ** Math.max(0, tries - 1);
  const delay = Math.max(policy.delay, Math.min(doubled, LONGEST_DELAY_MS));
  return Math.ceil(now.wall + delay * (1 + JITTER * random));
}
