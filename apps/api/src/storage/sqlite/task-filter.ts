import type Database from 'better-sqlite3';
import type { TaskFilter } from '../task-store.js';

/** Every rule of a filter but its words, as SQL about `tasks t`; bound to `valuesOf` it. */
export function rulesOf({ status, type, worker, schedule, held, from, to }: TaskFilter): string[] {
  return [
    ...(status === null ? [] : ['t.status = @status']),
    ...(type === null ? [] : ['t.type = @type']),
    ...(worker === null ? [] : ['t.worker = @worker']),
    ...(schedule === null ? [] : ['t.schedule_id = @schedule']),
    ...(held ? [`t.status = 'pending' AND t.blocked = 'held'`] : []),
    // The plus keeps the index by time out: lists are walked by `seq`, and would have to be sorted.
    ...(from === null && to === null ? [] : ['+t.created_at BETWEEN @from AND @to']),
  ];
}

/** What the rules are bound to. */
export function valuesOf({ status, type, worker, schedule, from, to }: TaskFilter): Record<string, unknown> {
  return { status, type, worker, schedule, from: from ?? 0, to: to ?? Number.MAX_SAFE_INTEGER };
}

/** The part of the order of submission, both ends included, in which tasks of the filter's times can be. */
export interface Stretch {
  low: number;
  high: number;
}

/** Where tasks of any time are, or of the time that a filter asks for, before `before`. */
export function stretchOf(connection: Database.Database, filter: TaskFilter, before: number | null): Stretch {
  const { from, to } = valuesOf(filter);
  const timed = filter.from !== null || filter.to !== null;
  const within = timed ? ' WHERE created_at BETWEEN @from AND @to' : '';
  const bound = (which: 'min' | 'max') => connection.prepare(`SELECT ${which}(seq) FROM tasks${within}`).pluck();
  const values = timed ? [{ from, to }] : [];
  const low = (bound('min').get(...values) as number | null) ?? 1;
  const high = (bound('max').get(...values) as number | null) ?? 0;
  return { low, high: Math.min(high, (before ?? Number.MAX_SAFE_INTEGER) - 1) };
}
