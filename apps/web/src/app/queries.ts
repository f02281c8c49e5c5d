import { infiniteQueryOptions, MutationCache, QueryCache, QueryClient, queryOptions } from '@tanstack/react-query';
import { type AuditFilter, type DeliveryFilter, type OpenClawClient, RefusedError, type TaskFilter } from '#client';
import type { TaskSummary } from '#contracts';
import { startOfDay } from '../format/time.js';

/** What is read from the API, by key: a hint of the stream of events makes all that begins with one of these stale. */
export const keys = {
  taskLists: ['tasks'],
  task: (id: string) => ['task', id],
  /** Begins as the key of its task, so that they are read anew together. */
  artifacts: (id: string) => ['task', id, 'artifacts'],
  /** Read once for every state of a task: reading the audit is itself an entry of it. */
  steps: (id: string, state: string) => ['task-steps', id, state],
  stats: ['stats'],
  workers: ['workers'],
  schedules: ['schedules'],
  audit: ['audit'],
  tokens: ['tokens'],
  webhooks: ['webhooks'],
  health: ['health'],
  metrics: ['metrics'],
} as const;

const HOUR = 3_600_000;

export const taskList = (client: OpenClawClient, filter: TaskFilter, limit: number) =>
  queryOptions({
    queryKey: [...keys.taskLists, 'first', filter, limit],
    queryFn: ({ signal }) => client.tasks.list(filter, { limit, signal }),
  });

/** One page of a list: it stays in the cache for as long as somebody may scroll back to it. */
export const taskPage = (client: OpenClawClient, filter: TaskFilter, cursor: string | undefined, limit: number) =>
  queryOptions({
    queryKey: [...keys.taskLists, 'page', filter, limit, cursor ?? null],
    queryFn: ({ signal }) => client.tasks.list(filter, { limit, cursor, signal }),
    gcTime: 1_800_000,
  });

export const oneTask = (client: OpenClawClient, id: string) =>
  queryOptions({ queryKey: keys.task(id), queryFn: ({ signal }) => client.tasks.read(id, { signal }) });

export const artifactsOf = (client: OpenClawClient, id: string) =>
  queryOptions({ queryKey: keys.artifacts(id), queryFn: ({ signal }) => client.tasks.artifacts(id, { signal }) });

/** What the audit knows of a task, newest first. */
export const stepsOf = (client: OpenClawClient, { taskId, status, attempt }: TaskSummary) =>
  queryOptions({
    queryKey: keys.steps(taskId, `${status} ${attempt}`),
    queryFn: ({ signal }) => client.audit.list({ taskId }, { limit: 200, signal }),
    staleTime: 'static',
  });

/** How many tasks there are, and how those ended that ended today. */
export const statsOfToday = (client: OpenClawClient) =>
  queryOptions({
    queryKey: [...keys.stats, 'today'],
    queryFn: ({ signal }) => client.tasks.stats({ from: startOfDay(Date.now()), step: HOUR }, { signal }),
  });

export const workerList = (client: OpenClawClient) =>
  queryOptions({ queryKey: keys.workers, queryFn: ({ signal }) => client.workers.list({ signal }) });

export const scheduleList = (client: OpenClawClient) =>
  queryOptions({
    queryKey: [...keys.schedules, 'first'],
    queryFn: ({ signal }) => client.schedules.list({ limit: 200, signal }),
  });

export const oneSchedule = (client: OpenClawClient, id: string) =>
  queryOptions({
    queryKey: [...keys.schedules, 'one', id],
    queryFn: ({ signal }) => client.schedules.read(id, { signal }),
    // A form begins with it: what somebody else has changed meanwhile must stand there.
    staleTime: 0,
    gcTime: 0,
  });

/** Its next ten fire times. @param version changes when they do, as after an edit or a fire */
export const upcomingFires = (client: OpenClawClient, id: string, version: string) =>
  queryOptions({
    queryKey: [...keys.schedules, 'upcoming', id, version],
    queryFn: ({ signal }) => client.schedules.upcoming(id, 10, { signal }),
  });

/** The stream of events says nothing of tokens and webhooks, and nothing of how the server is. */
const UNTOLD_MS = 15_000;
/** How often numbers that always change are read anew while they are shown. */
export const PULSE_MS = 5000;

export const tokenList = (client: OpenClawClient) =>
  queryOptions({
    queryKey: keys.tokens,
    queryFn: ({ signal }) => client.tokens.list({ signal }),
    refetchInterval: UNTOLD_MS,
  });

export const webhookList = (client: OpenClawClient) =>
  queryOptions({
    queryKey: [...keys.webhooks, 'first'],
    queryFn: ({ signal }) => client.webhooks.list({ limit: 200, signal }),
    refetchInterval: UNTOLD_MS,
  });

/** The newest of all receivers. */
export const deliveryList = (client: OpenClawClient, filter: DeliveryFilter, limit: number) =>
  queryOptions({
    queryKey: [...keys.webhooks, 'deliveries', filter, limit],
    queryFn: ({ signal }) => client.webhooks.deliveries(filter, { limit, signal }),
    refetchInterval: PULSE_MS,
  });

/** Not read anew by itself: reading the audit is an entry of the audit. */
export const auditPages = (client: OpenClawClient, filter: AuditFilter, limit: number) =>
  infiniteQueryOptions({
    queryKey: [...keys.audit, filter, limit],
    queryFn: ({ signal, pageParam }) => client.audit.list(filter, { limit, cursor: pageParam, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    staleTime: 60_000,
  });

/** How the server is at this moment, as it tells anybody. */
export const health = (client: OpenClawClient) =>
  queryOptions({
    queryKey: keys.health,
    queryFn: ({ signal }) => client.health(signal),
    refetchInterval: PULSE_MS,
  });

/** @param onUnauthorized told when the API no longer takes the token */
export function createQueryClient(onUnauthorized: (message: string) => void): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof RefusedError && error.status === 401) onUnauthorized(error.message);
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      // The client tries again by itself, and `Live` reads everything anew once the server is back.
      queries: { retry: false, networkMode: 'always', staleTime: 10_000 },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}
