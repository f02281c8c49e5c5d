import { LIMITS, TASK_STATUSES, TASK_TYPES, type TaskStatus, type TaskType } from '#contracts';

/** The filters of the list of tasks, as its address carries them. */
export interface TaskSearch {
  status?: TaskStatus;
  type?: TaskType;
  worker?: string;
  schedule?: string;
  q?: string;
  /** Milliseconds since the epoch, of when they were submitted. */
  from?: number;
  to?: number;
  /** Only those that a restore has held back. */
  held?: true;
}

/** What does not fit is left out: an address may have been typed or be of another version. */
export function parseTaskSearch(search: Record<string, unknown>): TaskSearch {
  return {
    status: TASK_STATUSES.find((status) => status === search.status),
    type: TASK_TYPES.find((type) => type === search.type),
    worker: textOf(search.worker),
    schedule: textOf(search.schedule),
    q: textOf(search.q)?.slice(0, LIMITS.searchLength),
    from: instantOf(search.from),
    to: instantOf(search.to),
    held: search.held === true ? true : undefined,
  };
}

/** A text of an address, in which a text of digits alone is read as a number; undefined when there is none. */
export function textOf(value: unknown): string | undefined {
  const given = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  return given === '' ? undefined : given;
}

export const instantOf = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
