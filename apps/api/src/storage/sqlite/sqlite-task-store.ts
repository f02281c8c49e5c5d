import { and, count, gte, lt, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Actor } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import type { DiscordMessage } from '../../domain/discord-message.js';
import type { SimpleClaimant } from '../../domain/lease.js';
import { type NewTask, STATUSES, TASK_TYPES, type TaskStatus, type TaskType } from '../../domain/task.js';
import type { TaskEvent } from '../../domain/task-machine.js';
import type {
  Acceptance,
  Control,
  Conversation,
  Exchange,
  HandOut,
  HeldNews,
  IdempotencyKey,
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
import { taskCounts, tasks } from './schema.js';
import { asStorageError } from './sqlite-errors.js';
import type { TaskControl } from './task-control.js';
import type { TaskIntake } from './task-intake.js';
import { TaskList } from './task-list.js';
import { storedTask, type TaskRow } from './task-rows.js';
import { TaskSweeps } from './task-sweeps.js';
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
  private readonly sweeps: TaskSweeps;
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
    this.sweeps = new TaskSweeps(engine, table);
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
    if (filter.q !== null) await this.engine.taskSearch.catchUp();
    try {
      return await this.tasksListed.page(filter, limit, before);
    } catch (error) {
      throw asStorageError(error);
    }
  }

  async counts(): Promise<Record<TaskStatus, number>> {
    const rows = this.engine.read(() => this.db.select().from(taskCounts).all());
    const none = Object.fromEntries(Object.keys(STATUSES).map((status) => [status, 0]));
    return { ...none, ...Object.fromEntries(rows.map(({ status, count }) => [status, count])) } as Record<
      TaskStatus,
      number
    >;
  }

  async ended(from: number, to: number): Promise<Partial<Record<TaskStatus, number>>> {
    const rows = this.engine.read(() =>
      this.db
        .select({ status: tasks.status, count: count() })
        .from(tasks)
        .where(and(gte(tasks.completedAt, from), lt(tasks.completedAt, to)))
        .groupBy(tasks.status)
        .all(),
    );
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  }

  async oldestReady(): Promise<number | null> {
    return this.engine.read(() => this.distribution.oldestReady());
  }

  async probe(): Promise<void> {
    // Takes the write lock and reads a page, which a lost, locked or damaged file would refuse.
    await this.engine.commit(() => this.engine.counts.of('pending'));
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
    discord: DiscordMessage | null = null,
  ): Promise<Control<Acceptance>> {
    return this.controlled(id, (row) => this.control.retry(row, { id: newId, discord }, key, actor, now));
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

  news(poll: Poll, actor: Actor, now: Instant): Promise<HeldNews | null> {
    return this.engine.commit(() => this.distribution.news(poll, actor, now));
  }

  promoteDue(now: Instant, limit: number): Promise<number> {
    return this.engine.commit(() => this.sweeps.promoteDue(now, limit));
  }

  async nextDueAt(): Promise<number | null> {
    return this.engine.read(() => this.sweeps.nextDueAt());
  }

  expireOverdue(now: Instant, limit: number): Promise<number> {
    return this.engine.commit(() => this.sweeps.expireOverdue(now, limit));
  }

  loseLapsed(now: Instant, limit: number): Promise<number> {
    return this.engine.commit(() => this.sweeps.loseLapsed(now, limit));
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

  removeEnded(wall: number, now: Instant, limit: number): Promise<number> {
    return this.engine.commit(() => {
      const count = this.sweeps.removeEnded(wall, now, limit);
      if (count > 0) this.engine.shrink();
      return count;
    });
  }

  forgetOld(now: Instant): Promise<void> {
    return this.engine.commit(() => {
      this.intake.keys.removeOld(now.wall);
      this.table.conversations.removeIdleSince(now.wall - CONVERSATION_LIFETIME_MS);
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
