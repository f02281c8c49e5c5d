import type { Count } from './window-counts.js';

/** Every limit counts by the minute. */
export const WINDOW_MS = 60_000;

/** One limit as a caller sees it. */
export interface Quota {
  name: string;
  limit: number;
  count: Count;
}

/** `RateLimit-Policy` and `RateLimit` as draft-ietf-httpapi-ratelimit-headers has them, one item for each quota. */
export function rateLimitHeaders(quotas: readonly Quota[]): Record<string, string> {
  const policies = quotas.map(({ name, limit }) => `"${name}";q=${limit};w=${WINDOW_MS / 1000}`);
  const states = quotas.map(
    ({ name, limit, count }) => `"${name}";r=${Math.max(0, limit - count.totalHits)};t=${count.timeToExpire}`,
  );
  return { 'RateLimit-Policy': policies.join(', '), RateLimit: states.join(', ') };
}
