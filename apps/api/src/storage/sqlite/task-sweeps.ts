import type Database from 'better-sqlite3';
import { and, eq, inArray, lt, type SQL, sql } from 'drizzle-orm';
import { SYSTEM } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import { type Offer, targetOf, unmet } from '../../domain/lane.js';
import type { TaskType } from '../../domain/task.js';
import type { TaskEvent } from '../../domain/task-machine.js';
import { compiled } from './compiled.js';
import type { Engine } from './engine.js';
import { tasks, workers } from './schema.js';
import type { TaskRow } from './task-rows.js';
import type { TaskTable } from './task-table.js';

const { placeholder } = sql;

/** What happens to tasks because time goes by. Every method that changes something runs inside a transaction. */
export class TaskSweeps {
  private readonly nextDue: Database.Statement<[]>;
  private readonly statements;

  constructor(
    private readonly engine: Engine,
    private readonly table: TaskTable,
  ) {
    const { db, connection } = engine;
    // By the index that was made for each: others look better to SQLite, and would be walked through from end to end.
    const found = (where: SQL) =>
      db
        .select()
        .from(tasks)
        .where(sql`seq IN (SELECT seq FROM tasks ${where} LIMIT ${placeholder('limit')})`);
    const wall = placeholder('wall');
    const old = db
      .select({ seq: tasks.seq })
      .from(tasks)
      .where(and(sql`completed_at IS NOT NULL`, lt(tasks.completedAt, wall)))
      .orderBy(tasks.completedAt)
      .limit(placeholder('limit'));
    this.nextDue = connection
      .prepare<[]>(
        `SELECT due_at FROM tasks INDEXED BY tasks_due WHERE status = 'pending' AND blocked = 'due' ORDER BY due_at LIMIT 1`,
      )
      .pluck();
    this.statements = compiled({
      due: found(
        sql`INDEXED BY tasks_due WHERE status = 'pending' AND blocked = 'due' AND due_at <= ${wall} ORDER BY due_at`,
      )
        .orderBy(tasks.dueAt)
        .prepare(),
      overdue: found(
        sql`INDEXED BY tasks_expiring WHERE status = 'pending' AND blocked IS NOT 'held' AND expires_at <= ${wall}`,
      ).prepare(),
      lapsed: found(
        sql`INDEXED BY tasks_leased WHERE status = 'running' AND lease_deadline <= ${placeholder('monotonic')}`,
      ).prepare(),
      online: db.select().from(workers).where(eq(workers.online, true)).prepare(),
      removeEnded: db.delete(tasks).where(inArray(tasks.seq, old)).prepare(),
    });
  }

  nextDueAt(): number | null {
    return (this.nextDue.get() as number | undefined) ?? null;
  }

  promoteDue({ wall }: Instant, limit: number): number {
    const rows = this.statements.due.all({ wall, limit });
    for (const row of rows) this.table.makeReady(row);
    return rows.length;
  }

  expireOverdue(now: Instant, limit: number): number {
    const rows = this.statements.overdue.all({ wall: now.wall, limit });
    const online = rows.length > 0 ? this.online() : [];
    return this.end(rows, now, (row) => ({
      type: 'expire',
      why: unmet(targetOf(row.lane), row.type as TaskType, online),
    }));
  }

  loseLapsed(now: Instant, limit: number): number {
    const rows = this.statements.lapsed.all({ monotonic: Math.floor(now.monotonic), limit });
    return this.end(rows, now, (row) => ({
      type: 'lose',
      note: `lost: ${row.leaseWorker ?? 'its worker'} has not been heard of since it took the task`,
      retry: this.table.retryAfter(row, 'lost', now),
    }));
  }

  removeEnded(wall: number, now: Instant, limit: number): number {
    const { changes: removed } = this.statements.removeEnded.run({ wall, limit });
    if (removed === 0) return 0;
    const detail = { removed, endedBefore: wall };
    const event = { action: 'retention.swept', target: 'tasks', taskId: null, outcome: 'success', detail } as const;
    this.engine.audit.append(event, SYSTEM, now.wall);
    return removed;
  }

  private online(): Offer[] {
    const rows = this.statements.online.all();
    return rows.map(({ name, tags, kinds }) => ({ name, tags: JSON.parse(tags), kinds: JSON.parse(kinds) }));
  }

  private end(rows: readonly TaskRow[], now: Instant, eventFor: (row: TaskRow) => TaskEvent): number {
    // One may have moved on by the end of another, whose conversation it belongs to.
    const ended = rows.filter(({ id }) => {
      const row = this.table.byId(id);
      return row && this.table.apply(row, eventFor(row), SYSTEM, now).ok;
    });
    return ended.length;
  }
}
