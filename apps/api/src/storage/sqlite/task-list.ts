import { eq, getTableColumns, inArray, sql } from 'drizzle-orm';
import type { ListedTask, TaskFilter, TaskPage } from '../task-store.js';
import type { Engine } from './engine.js';
import { taskInputs, taskResults, tasks } from './schema.js';
import { rulesOf, type Stretch, stretchOf, valuesOf } from './task-filter.js';
import { listedTask } from './task-rows.js';
import { TaskSearch } from './task-search.js';

const { stdout: _stdout, stderr: _stderr, ...listedResultColumns } = getTableColumns(taskResults);

/** Bytes of JSON that one page of a list may carry before it ends early. */
const PAGE_BYTES = 8 * 1024 * 1024;

/** Lists of tasks, newest first. */
export class TaskList {
  private readonly search: TaskSearch;

  constructor(private readonly engine: Engine) {
    this.search = new TaskSearch(engine.connection, engine.taskSearch.blocks);
  }

  /** At most `limit` tasks before `before`, fewer when they are large. */
  async page(filter: TaskFilter, limit: number, before: number | null): Promise<TaskPage> {
    const stretch = stretchOf(this.engine.connection, filter, before);
    const seqs =
      filter.q === null ? this.walk(filter, stretch, limit + 1) : await this.search.find(filter, stretch, limit + 1);
    // Sizes first, which SQLite knows without reading the texts: a page that is never loaded cannot fill the memory.
    const sizes = this.sizes(seqs);
    let room = PAGE_BYTES;
    const fitting = sizes.slice(0, limit).findIndex(({ bytes }, index) => {
      room -= bytes;
      return index > 0 && room < 0;
    });
    const count = fitting === -1 ? Math.min(limit, sizes.length) : fitting;
    const page = sizes.slice(0, count).map(({ seq }) => seq);
    return { tasks: this.load(page), next: count < sizes.length ? (page.at(-1) ?? null) : null };
  }

  private walk(filter: TaskFilter, { low, high }: Stretch, limit: number): number[] {
    const rules = ['t.seq BETWEEN @low AND @high', ...rulesOf(filter)].join(' AND ');
    return this.engine.connection
      .prepare(`SELECT t.seq FROM tasks t WHERE ${rules} ORDER BY t.seq DESC LIMIT @limit`)
      .pluck()
      .all({ ...valuesOf(filter), low, high, limit }) as number[];
  }

  private sizes(seqs: number[]): { seq: number; bytes: number }[] {
    return this.engine.db.all(sql`
      SELECT i.task_seq AS seq, octet_length(i.shown) + coalesce(octet_length(i.labels), 0)
        + coalesce(octet_length(r.error), 0) + coalesce(octet_length(r.metadata), 0) AS bytes
      FROM json_each(${JSON.stringify(seqs)}) page
      JOIN task_inputs i ON i.task_seq = page.value LEFT JOIN task_results r ON r.task_seq = i.task_seq
      ORDER BY i.task_seq DESC`);
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
