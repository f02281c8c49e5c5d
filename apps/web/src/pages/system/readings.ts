import { queryOptions } from '@tanstack/react-query';
import type { OpenClawClient } from '#client';
import { keys, PULSE_MS } from '../../app/queries.js';
import { parseExposition, type Sample, total } from './exposition.js';

/** What is followed over time; null: the server does not tell. Bytes, and requests since it started. */
export interface Reading {
  /** Milliseconds since the epoch. */
  at: number;
  waiting: number | null;
  memoryBytes: number | null;
  requests: number | null;
  /** Seconds: of a hundred turns of the event loop, all but one were less late. */
  lag: number | null;
}

/** All that the server told last, and the readings of this visit, the newest last. */
export interface Readings {
  samples: readonly Sample[];
  history: readonly Reading[];
}

export function toReading(at: number, samples: readonly Sample[]): Reading {
  return {
    at,
    waiting: total(samples, 'openclaw_tasks', { status: 'pending' }),
    memoryBytes: total(samples, 'process_resident_memory_bytes'),
    requests: total(samples, 'openclaw_http_requests_total'),
    lag: total(samples, 'nodejs_eventloop_lag_p99_seconds'),
  };
}

/** Ten minutes. */
const KEPT = 120;

/** The metrics with how they went: kept for as long as somebody is signed in here, and nowhere but in this tab. */
export const readings = (client: OpenClawClient) =>
  queryOptions({
    queryKey: keys.metrics,
    queryFn: async ({ signal, client: queries }): Promise<Readings> => {
      const samples = parseExposition(await client.metrics({ signal }));
      const before = queries.getQueryData<Readings>(keys.metrics)?.history ?? [];
      return { samples, history: [...before, toReading(Date.now(), samples)].slice(-KEPT) };
    },
    refetchInterval: PULSE_MS,
    gcTime: Number.POSITIVE_INFINITY,
  });

/** Requests a second between each reading and the one before; null where the server has started anew between them. */
export function requestRates(history: readonly Reading[]): (number | null)[] {
  return history.map(({ at, requests }, index) => {
    const before = history[index - 1];
    if (!before || requests === null || before.requests === null || requests < before.requests) return null;
    return (requests - before.requests) / ((at - before.at) / 1000);
  });
}
