import { and, eq, inArray, lt, lte, min, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { type Actor, SYSTEM } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import { type Offer, targetOf, unmet } from '../../domain/lane.js';
import type { SimpleClaimant } from '../../domain/lease.js';
import { type NewTask, STATUSES, TASK_TYPES, type TaskStatus, type TaskType } from '../../domain/task.js';
import type { TaskEvent } from '../../domain/task-machine.js';
import type {
  Acceptance,
  Control,
  Conversation,
  Exchange,
  HandOut,
  IdempotencyKey,
  News,
  Poll,
  Report,
  ReportVerdict,
  StoredTask,
  TaskFilter,
  TaskPage,
  TaskStore,
  Wanted,
} from '../task-store.js';
import type { Engine } from './engine.js';
import type { OutputTable } from './output-table.js';
import { taskCounts, tasks, workers } from './schema.js';
import type { TaskControl } from './task-control.js';
import type { TaskIntake } from './task-intake.js';
import { TaskList } from './task-list.js';
import { storedTask, type TaskRow } from './task-rows.js';
import type { TaskTable } from './task-table.js';
import { WorkDistribution } from './work-distribution.js';

/** How long a conversation is remembered after its last task, in milliseconds. */
const CONVERSATION_LIFETIME_MS = 90 * 86_400_000;

export interface TaskParts {
  table: TaskTable;
  intake: TaskIntake;
  control: TaskControl;
  output: OutputTable;
}

export class SqliteTaskStore implements TaskStore {
  private readonly db: BetterSQLite3Database;
  private readonly table: TaskTable;
  private readonly intake: TaskIntake;
  private readonly control: TaskControl;
  private readonly output: OutputTable;
  private readonly tasksListed: TaskList;
  private readonly distribution: WorkDistribution;

  constructor(
    private readonly engine: Engine,
    { table, intake, control, output }: TaskParts,
  ) {
    this.db = engine.db;
    this.table = table;
    this.intake = intake;
    this.control = control;
    this.output = output;
    this.tasksListed = new TaskList(engine);
    this.distribution = new WorkDistribution(engine, table);
  }

  submit(all: readonly NewTask[], key: IdempotencyKey | null, actor: Actor, now: Instant): Promise<Acceptance[]> {
    return this.engine.commit(() =>
      this.intake.addOnce(key, now, () => all.map((task) => this.intake.add(task, actor, now))),
    );
  }

  async find(id: string): Promise<StoredTask | null> {
    return this.engine.read(() => {
      const row = this.table.byId(id);
      return row ? this.stored(row) : null;
    });
  }

  async statusOf(id: string): Promise<TaskStatus | null> {
    return this.engine.read(() => (this.table.byId(id)?.status as TaskStatus | undefined) ?? null);
  }

  async list(filter: TaskFilter, limit: number, before: number | null): Promise<TaskPage> {
    return this.engine.read(() => this.tasksListed.page(filter, limit, before));
  }

  async counts(): Promise<Record<TaskStatus, number>> {
    const rows = this.engine.read(() => this.db.select().from(taskCounts).all());
    const none = Object.fromEntries(Object.keys(STATUSES).map((status) => [status, 0]));
    return { ...none, ...Object.fromEntries(rows.map(({ status, count }) => [status, count])) } as Record<
      TaskStatus,
      number
    >;
  }

  async oldestReady(): Promise<number | null> {
    return this.engine.read(() => this.distribution.oldestReady());
  }

  async probe(): Promise<void> {
    // Takes the write lock and reads a page, which a lost, locked or damaged file would refuse.
    await this.engine.commit(() => this.table.countOf('pending'));
  }

  cancel(id: string, actor: Actor, now: Instant): Promise<Control<StoredTask>> {
    return this.controlled(id, (row) => {
      if (!this.control.cancel(row, actor, now)) return { done: false, refusal: 'ended' };
      return { done: true, value: this.stored(this.table.byId(id) ?? row) };
    });
  }

  retry(
    id: string,
    newId: string,
    key: IdempotencyKey | null,
    actor: Actor,
    now: Instant,
  ): Promise<Control<Acceptance>> {
    return this.controlled(id, (row) => this.control.retry(row, newId, key, actor, now));
  }

  remove(id: string, actor: Actor, now: Instant): Promise<Control<null>> {
    return this.controlled(id, (row) =>
      this.control.remove(row, actor, now) ? { done: true, value: null } : { done: false, refusal: 'unfinished' },
    );
  }

  releaseHeld(ids: readonly string[] | null, limit: number, actor: Actor, now: Instant): Promise<number> {
    return this.engine.commit(() => this.control.releaseHeld(ids, limit, actor, now));
  }

  async conversations(limit: number): Promise<Conversation[]> {
    return this.engine.read(() => this.table.conversations.newest(limit));
  }

  async hasReady(wanted: Wanted): Promise<boolean> {
    return this.engine.read(() => this.distribution.hasReady(wanted));
  }

  async claim(claimant: SimpleClaimant, actor: Actor, now: Instant): Promise<HandOut | null> {
    const wanted = { kinds: TASK_TYPES, name: claimant.workerName, tags: [] };
    const [handOut] = await this.engine.commit(() => this.distribution.claim(claimant, wanted, 1, [], actor, now));
    return handOut ?? null;
  }

  release(handOut: HandOut, actor: Actor, now: Instant): Promise<void> {
    return this.engine.commit(() => {
      const row = this.table.byId(handOut.id);
      if (row?.attempt === handOut.attempt) this.table.apply(row, { type: 'release' }, actor, now);
    });
  }

  report({ taskId, attempt, reporter, result }: Report, actor: Actor, now: Instant): Promise<ReportVerdict> {
    return this.engine.commit(() => {
      const row = this.table.byId(taskId);
      if (!row) return { taken: false, refusal: 'unknown' };
      const { exitCode, signal, outputBytes, outcome } = result;
      const retry = this.table.retryAfter(row, outcome, now);
      const event: TaskEvent = { type: 'finish', outcome, attempt, reporter, retry };
      const task = { type: row.type as TaskType, startedAt: row.startedAt };
      const applied = this.table.apply(row, event, actor, now, { exitCode, signal, outputBytes });
      if (!applied.ok) {
        const { refusal } = applied;
        return refusal === 'repeated' ? { taken: true, repeated: true, ...task } : { taken: false, refusal };
      }
      this.table.insertResult(row, result);
      if (applied.row.status === 'pending') this.output.keepReported(applied.row, result, now);
      return { taken: true, repeated: false, ...task };
    });
  }

  exchange(poll: Poll, actor: Actor, now: Instant): Promise<Exchange> {
    return this.engine.commit(() => this.distribution.exchange(poll, actor, now));
  }

  async hasNews(poll: Poll, drain: boolean): Promise<boolean> {
    return this.engine.read(() => this.distribution.hasNews(poll, drain));
  }

  news(poll: Poll, actor: Actor, now: Instant): Promise<News | null> {
    return this.engine.commit(() => this.distribution.news(poll, actor, now));
  }

  promoteDue(now: Instant, limit: number): Promise<number> {
    return this.engine.commit(() => {
      const due = and(sql`status = 'pending' AND blocked = 'due'`, lte(tasks.dueAt, now.wall));
      const rows = this.db.select().from(tasks).where(due).orderBy(tasks.dueAt).limit(limit).all();
      for (const row of rows) this.table.makeReady(row);
      return rows.length;
    });
  }

  async nextDueAt(): Promise<number | null> {
    const next = this.db
      .select({ at: min(tasks.dueAt) })
      .from(tasks)
      .where(sql`status = 'pending' AND blocked = 'due'`);
    return this.engine.read(() => next.get()?.at ?? null);
  }

  expireOverdue(now: Instant, limit: number): Promise<number> {
    const overdue = and(sql`status = 'pending' AND blocked IS NOT 'held'`, lte(tasks.expiresAt, now.wall));
    const online = this.online();
    return this.sweep(overdue, limit, now, (row) => ({
      type: 'expire',
      why: unmet(targetOf(row.lane), row.type as TaskType, online),
    }));
  }

  loseLapsed(now: Instant, limit: number): Promise<number> {
    const lapsed = and(sql`status = 'running'`, lte(tasks.leaseDeadline, Math.floor(now.monotonic)));
    return this.sweep(lapsed, limit, now, (row) => ({
      type: 'lose',
      note: `lost: ${row.leaseWorker ?? 'its worker'} has not been heard of since it took the task`,
      retry: this.table.retryAfter(row, 'lost', now),
    }));
  }

  resumeLeases(now: Instant): Promise<void> {
    return this.engine.commit(() => {
      this.db
        .update(tasks)
        .set({ leaseDeadline: sql`${Math.ceil(now.monotonic)} + lease_duration` })
        .where(sql`status = 'running'`)
        .run();
    });
  }

  async removeEnded(wall: number, now: Instant, limit: number): Promise<number> {
    const count = await this.engine.commit(() => {
      const old = this.db
        .select({ seq: tasks.seq })
        .from(tasks)
        .where(and(sql`completed_at IS NOT NULL`, lt(tasks.completedAt, wall)))
        .orderBy(tasks.completedAt)
        .limit(limit);
      const { changes: removed } = this.db.delete(tasks).where(inArray(tasks.seq, old)).run();
      if (removed === 0) return 0;
      const detail = { removed, endedBefore: wall };
      const event = { action: 'retention.swept', target: 'tasks', taskId: null, outcome: 'success', detail } as const;
      this.engine.audit.append(event, SYSTEM, now.wall);
      return removed;
    });
    // Gives the freed pages back to the file system, a bounded piece at a time.
    if (count > 0) this.engine.read(() => this.engine.connection.pragma('incremental_vacuum(1000)'));
    return count;
  }

  forgetOld(now: Instant): Promise<void> {
    return this.engine.commit(() => {
      this.intake.keys.removeOld(now.wall);
      this.table.conversations.removeIdleSince(now.wall - CONVERSATION_LIFETIME_MS);
    });
  }

  private online(): Offer[] {
    const rows = this.engine.read(() => this.db.select().from(workers).where(eq(workers.online, true)).all());
    return rows.map(({ name, tags, kinds }) => ({ name, tags: JSON.parse(tags), kinds: JSON.parse(kinds) }));
  }

  private sweep(
    due: ReturnType<typeof and>,
    limit: number,
    now: Instant,
    eventFor: (row: TaskRow) => TaskEvent,
  ): Promise<number> {
    return this.engine.commit(() => {
      const rows = this.db.select().from(tasks).where(due).limit(limit).all();
      // One may have moved on by the end of another, whose conversation it belongs to.
      const ended = rows.filter(({ id }) => {
        const row = this.table.byId(id);
        return row && this.table.apply(row, eventFor(row), SYSTEM, now).ok;
      });
      return ended.length;
    });
  }

  private controlled<T>(id: string, act: (row: TaskRow) => Control<T>): Promise<Control<T>> {
    return this.engine.commit(() => {
      const row = this.table.byId(id);
      return row ? act(row) : { done: false, refusal: 'unknown' };
    });
  }

  private stored(row: TaskRow): StoredTask {
    return storedTask(row, this.table.inputOf(row), this.table.resultOf(row));
  }
}
