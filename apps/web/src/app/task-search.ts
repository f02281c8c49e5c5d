import { TASK_STATUSES, TASK_TYPES, type TaskStatus, type TaskType } from '#contracts';

/** The filters of the list of tasks, as its address carries them. */
export interface TaskSearch {
  status?: TaskStatus;
  type?: TaskType;
  worker?: string;
  schedule?: string;
  q?: string;
}

/** What does not fit is left out: an address may have been typed or be of another version. */
export function parseTaskSearch(search: Record<string, unknown>): TaskSearch {
  const text = (value: unknown) => {
    const given = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
    return given === '' ? undefined : given;
  };
  return {
    status: TASK_STATUSES.find((status) => status === search.status),
    type: TASK_TYPES.find((type) => type === search.type),
    worker: text(search.worker),
    schedule: text(search.schedule),
    q: text(search.q),
  };
}
