import { and, desc, eq, getTableColumns, lt, type Placeholder, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Actor } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import type { AttemptResult, NewTask, TaskState } from '../../domain/task.js';
import { type Refusal, type TaskEvent, type TaskEventType, transition } from '../../domain/task-machine.js';
import type { AuditLog } from './audit-log.js';
import { taskInputs, taskResults, tasks } from './schema.js';
import {
  inputColumns,
  type ResultRow,
  resultColumns,
  STATE_COLUMNS,
  stateColumns,
  stateOf,
  type TaskRow,
} from './task-rows.js';

const { placeholder } = sql;
const { stdout: _stdout, stderr: _stderr, ...listedResultColumns } = getTableColumns(taskResults);

/** A placeholder for each of the columns, under the column's name. */
export const placeholders = <Name extends string>(...names: Name[]) =>
  Object.fromEntries(names.map((name) => [name, placeholder(name)])) as Record<Name, Placeholder<Name>>;

/** Bytes of JSON that one page of a list may carry before it ends early. */
const PAGE_BYTES = 8 * 1024 * 1024;

/** The audit's word for what a transition did; the end of a task is named by its status. */
const ACTIONS: Record<Exclude<TaskEventType, 'finish'>, string> = {
  claim: 'task.claimed',
  release: 'task.released',
  lose: 'task.lost',
  revive: 'task.revived',
  expire: 'task.expired',
};

export type Applied = { ok: true; row: TaskRow } | { ok: false; refusal: Refusal };

/** The tasks of the database: rows read, and changed only by the state machine, each change with its audit entry. */
export class TaskTable {
  private readonly statements;

  constructor(
    db: BetterSQLite3Database,
    private readonly audit: AuditLog,
  ) {
    this.statements = {
      byId: db
        .select()
        .from(tasks)
        .where(eq(tasks.id, placeholder('id')))
        .prepare(),
      input: db
        .select()
        .from(taskInputs)
        .where(eq(taskInputs.taskSeq, placeholder('seq')))
        .prepare(),
      result: db
        .select()
        .from(taskResults)
        .where(eq(taskResults.taskSeq, placeholder('seq')))
        .prepare(),
      pageSizes: db
        .select({
          bytes: sql<number>`octet_length(${taskInputs.shown}) + coalesce(octet_length(${taskInputs.labels}), 0)
            + coalesce(octet_length(${taskResults.error}), 0) + coalesce(octet_length(${taskResults.metadata}), 0)`,
        })
        .from(tasks)
        .innerJoin(taskInputs, eq(taskInputs.taskSeq, tasks.seq))
        .leftJoin(taskResults, eq(taskResults.taskSeq, tasks.seq))
        .where(lt(tasks.seq, placeholder('before')))
        .orderBy(desc(tasks.seq))
        .limit(placeholder('limit'))
        .prepare(),
      page: db
        .select({
          task: tasks,
          input: { shown: taskInputs.shown, labels: taskInputs.labels },
          result: listedResultColumns,
        })
        .from(tasks)
        .innerJoin(taskInputs, eq(taskInputs.taskSeq, tasks.seq))
        .leftJoin(taskResults, eq(taskResults.taskSeq, tasks.seq))
        .where(lt(tasks.seq, placeholder('before')))
        .orderBy(desc(tasks.seq))
        .limit(placeholder('limit'))
        .prepare(),
      insert: db
        .insert(tasks)
        .values({
          ...placeholders('id', 'type', 'timeout', 'expiresIn', 'createdAt', 'expiresAt'),
          status: 'pending',
        })
        .returning()
        .prepare(),
      insertInput: db
        .insert(taskInputs)
        .values(placeholders('taskSeq', 'shown', 'bulky', 'variables', 'labels'))
        .prepare(),
      insertResult: db
        .insert(taskResults)
        .values(placeholders(...(Object.keys(getTableColumns(taskResults)) as (keyof ResultRow)[])))
        .prepare(),
      update: db
        .update(tasks)
        .set(placeholders(...STATE_COLUMNS) as unknown as Partial<TaskRow>)
        .where(
          and(
            eq(tasks.seq, placeholder('seq')),
            eq(tasks.status, placeholder('statusBefore')),
            eq(tasks.attempt, placeholder('attemptBefore')),
          ),
        )
        .prepare(),
    };
  }

  byId(id: string): TaskRow | undefined {
    return this.statements.byId.get({ id });
  }

  inputOf(row: TaskRow) {
    const input = this.statements.input.get({ seq: row.seq });
    if (!input) throw new Error(`task ${row.id} has no input row`);
    return input;
  }

  resultOf(row: TaskRow) {
    return this.statements.result.get({ seq: row.seq }) ?? null;
  }

  /** The newest tasks before `before`: at most `limit`, and fewer when they are large; `more` tells of further ones. */
  page(before: number, limit: number) {
    // Sizes first, which SQLite knows without reading the texts: a page that is never loaded cannot fill the memory.
    const sizes = this.statements.pageSizes.all({ before, limit: limit + 1 });
    let room = PAGE_BYTES;
    const fitting = sizes.slice(0, limit).findIndex(({ bytes }, index) => {
      room -= bytes;
      return index > 0 && room < 0;
    });
    const count = fitting === -1 ? Math.min(limit, sizes.length) : fitting;
    return { rows: this.statements.page.all({ before, limit: count }), more: count < sizes.length };
  }

  insert(task: NewTask, actor: Actor, now: Instant): TaskRow {
    const row = this.statements.insert.get({
      ...task,
      createdAt: now.wall,
      expiresAt: now.wall + task.expiresIn,
    });
    this.statements.insertInput.run({ taskSeq: row.seq, ...inputColumns(task) });
    this.record('task.submitted', row, task.auditDetail, actor, now);
    return row;
  }

  insertResult(row: TaskRow, result: AttemptResult): void {
    this.statements.insertResult.run({ taskSeq: row.seq, ...resultColumns(result) });
  }

  /** Applies `event` to the task of `row`, which must be fresh, and records it with `detail`. */
  apply(row: TaskRow, event: TaskEvent, actor: Actor, now: Instant, detail: Record<string, unknown> = {}): Applied {
    const verdict = transition(stateOf(row), event, now);
    if (!verdict.ok) return verdict;
    const changed = this.write(row, verdict.state);
    const action = event.type === 'finish' ? `task.${changed.status}` : ACTIONS[event.type];
    this.record(action, changed, { attempt: changed.attempt, ...detail }, actor, now);
    return { ok: true, row: changed };
  }

  /** Writes a state that no status change goes with, such as a renewed lease. */
  write(row: TaskRow, state: TaskState): TaskRow {
    const columns = stateColumns(state);
    const { changes } = this.statements.update.run({
      ...columns,
      seq: row.seq,
      statusBefore: row.status,
      attemptBefore: row.attempt,
    });
    if (changes !== 1) throw new Error(`task ${row.id} changed under its transition`);
    return { ...row, ...columns };
  }

  private record(action: string, row: TaskRow, detail: Record<string, unknown>, actor: Actor, now: Instant): void {
    const outcome =
      row.status === 'failed' || row.status === 'timed_out' || row.status === 'lost' ? 'failure' : 'success';
    this.audit.append({ action, target: row.leaseWorker, taskId: row.id, outcome, detail }, actor, now.wall);
  }
}
