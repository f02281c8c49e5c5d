import { eq, getTableColumns, inArray, type SQL, sql } from 'drizzle-orm';
import type { ListedTask, TaskFilter, TaskPage } from '../task-store.js';
import type { Engine } from './engine.js';
import { match, tag } from './full-text.js';
import { taskInputs, taskResults, tasks } from './schema.js';
import { listedTask } from './task-rows.js';

const { stdout: _stdout, stderr: _stderr, ...listedResultColumns } = getTableColumns(taskResults);

/** Bytes of JSON that one page of a list may carry before it ends early. */
const PAGE_BYTES = 8 * 1024 * 1024;

/** Lists of tasks, newest first. */
export class TaskList {
  constructor(private readonly engine: Engine) {}

  /** At most `limit` tasks before `before`, fewer when they are large. */
  page(filter: TaskFilter, limit: number, before: number | null): TaskPage {
    // Sizes first, which SQLite knows without reading the texts: a page that is never loaded cannot fill the memory.
    const sizes = this.sizes(filter, limit + 1, before ?? Number.MAX_SAFE_INTEGER);
    let room = PAGE_BYTES;
    const fitting = sizes.slice(0, limit).findIndex(({ bytes }, index) => {
      room -= bytes;
      return index > 0 && room < 0;
    });
    const count = fitting === -1 ? Math.min(limit, sizes.length) : fitting;
    const page = sizes.slice(0, count).map(({ seq }) => seq);
    return { tasks: this.load(page), next: count < sizes.length ? (page.at(-1) ?? null) : null };
  }

  private sizes(filter: TaskFilter, limit: number, before: number): { seq: number; bytes: number }[] {
    // Numbers are bound as reals, and the full text index takes no such bound: it would be walked from its end.
    const bound = sql`CAST(${before} AS INTEGER)`;
    const conditions = [sql`t.seq < ${bound}`, ...conditionsOf(filter)];
    // The full text index walks by seq as the table does, so that it can lead and stop at the limit.
    const tags = filter.type === null ? [] : [tag('t', filter.type)];
    const source =
      filter.q === null
        ? sql`tasks t`
        : sql`task_search s CROSS JOIN tasks t ON t.seq = s.rowid AND s.task_search MATCH ${match(filter.q, tags)} AND s.rowid < ${bound}`;
    const order = filter.q === null ? sql`t.seq` : sql`s.rowid`;
    return this.engine.db.all(sql`
      WITH page AS MATERIALIZED (
        SELECT t.seq AS seq FROM ${source} WHERE ${sql.join(conditions, sql` AND `)} ORDER BY ${order} DESC LIMIT ${limit}
      )
      SELECT page.seq AS seq, octet_length(i.shown) + coalesce(octet_length(i.labels), 0)
        + coalesce(octet_length(r.error), 0) + coalesce(octet_length(r.metadata), 0) AS bytes
      FROM page JOIN task_inputs i ON i.task_seq = page.seq LEFT JOIN task_results r ON r.task_seq = page.seq
      ORDER BY page.seq DESC`);
  }

  private load(seqs: number[]): ListedTask[] {
    if (seqs.length === 0) return [];
    const rows = this.engine.db
      .select({
        task: tasks,
        input: { shown: taskInputs.shown, labels: taskInputs.labels },
        result: listedResultColumns,
      })
      .from(tasks)
      .innerJoin(taskInputs, eq(taskInputs.taskSeq, tasks.seq))
      .leftJoin(taskResults, eq(taskResults.taskSeq, tasks.seq))
      .where(inArray(tasks.seq, seqs))
      .all();
    return rows
      .sort((a, b) => b.task.seq - a.task.seq)
      .map(({ task, input, result }) => listedTask(task, input, result));
  }
}

function conditionsOf({ status, type, worker, schedule, held, from, to }: TaskFilter): SQL[] {
  return [
    ...(status === null ? [] : [sql`t.status = ${status}`]),
    ...(type === null ? [] : [sql`t.type = ${type}`]),
    ...(worker === null ? [] : [sql`t.worker = ${worker}`]),
    ...(schedule === null ? [] : [sql`t.schedule_id = ${schedule}`]),
    ...(held ? [sql`t.status = 'pending' AND t.blocked = 'held'`] : []),
    ...(from === null && to === null ? [] : createdBetween(from ?? 0, to ?? Number.MAX_SAFE_INTEGER)),
  ];
}

/** By time of creation, and by the part of the order of submission that it lies in: the list is walked only there. */
function createdBetween(from: number, to: number): SQL[] {
  const bound = (which: SQL) => sql`(SELECT ${which} FROM tasks WHERE created_at BETWEEN ${from} AND ${to})`;
  return [
    sql`t.created_at BETWEEN ${from} AND ${to}`,
    sql`t.seq BETWEEN ${bound(sql`min(seq)`)} AND ${bound(sql`max(seq)`)}`,
  ];
}
