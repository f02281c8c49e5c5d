import { and, eq, inArray, lt, lte, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { type Actor, SYSTEM } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import type { Claimant } from '../../domain/lease.js';
import { isFinal, type NewTask, TASK_TYPES, type TaskStatus, type TaskType } from '../../domain/task.js';
import type { TaskEvent } from '../../domain/task-machine.js';
import { QueueFull } from '../errors.js';
import type {
  Exchange,
  HandOut,
  Poll,
  Report,
  ReportVerdict,
  StoredTask,
  TaskCounts,
  TaskPage,
  TaskStore,
} from '../task-store.js';
import { AuditLog } from './audit-log.js';
import type { OpenDatabase } from './database.js';
import { GroupCommit } from './group-commit.js';
import { taskCounts, tasks, workers } from './schema.js';
import { asStorageError } from './sqlite-errors.js';
import { listedTask, storedTask, type TaskRow } from './task-rows.js';
import { TaskTable } from './task-table.js';
import { WorkDistribution } from './work-distribution.js';

export class SqliteTaskStore implements TaskStore {
  private readonly db: BetterSQLite3Database;
  private readonly audit: AuditLog;
  private readonly commits: GroupCommit;
  private readonly table: TaskTable;
  private readonly distribution: WorkDistribution;

  constructor(
    private readonly database: OpenDatabase,
    private readonly limits: { maxPending: number },
  ) {
    this.db = database.db;
    this.audit = new AuditLog(this.db);
    this.commits = new GroupCommit(database.connection, this.audit);
    this.table = new TaskTable(this.db, this.audit);
    this.distribution = new WorkDistribution(this.db, this.table, this.audit);
  }

  submit(task: NewTask, actor: Actor, now: Instant): Promise<StoredTask> {
    return this.commits.run(() => {
      if (this.countOf('pending') >= this.limits.maxPending) throw new QueueFull(this.limits.maxPending);
      return this.stored(this.table.insert(task, actor, now));
    });
  }

  async find(id: string): Promise<StoredTask | null> {
    return this.reading(() => {
      const row = this.table.byId(id);
      return row ? this.stored(row) : null;
    });
  }

  async list(limit: number, before: number | null): Promise<TaskPage> {
    const { rows, more } = this.reading(() => this.table.page(before ?? Number.MAX_SAFE_INTEGER, limit));
    return {
      tasks: rows.map(({ task, input, result }) => listedTask(task, input, result)),
      next: more ? (rows.at(-1)?.task.seq ?? null) : null,
    };
  }

  async counts(): Promise<TaskCounts> {
    const counts = { unfinished: 0, ended: 0 };
    for (const { status, count } of this.reading(() => this.db.select().from(taskCounts).all())) {
      counts[isFinal(status as TaskStatus) ? 'ended' : 'unfinished'] += count;
    }
    return counts;
  }

  async probe(): Promise<void> {
    // Takes the write lock and reads a page, which a lost, locked or damaged file would refuse.
    await this.commits.run(() => this.countOf('pending'));
  }

  async hasPending(types: readonly TaskType[]): Promise<boolean> {
    return this.reading(() => this.distribution.hasPending(types));
  }

  async claim(claimant: Claimant & { kind: 'simple' }, actor: Actor, now: Instant): Promise<HandOut | null> {
    const want = { kinds: TASK_TYPES, max: 1, held: [] };
    const [handOut] = await this.commits.run(() => this.distribution.claim(claimant, want, actor, now));
    return handOut ?? null;
  }

  release(handOut: HandOut, actor: Actor, now: Instant): Promise<void> {
    return this.commits.run(() => {
      const row = this.table.byId(handOut.id);
      if (row?.attempt === handOut.attempt) this.table.apply(row, { type: 'release' }, actor, now);
    });
  }

  report({ taskId, attempt, reporter, result }: Report, actor: Actor, now: Instant): Promise<ReportVerdict> {
    return this.commits.run(() => {
      const row = this.table.byId(taskId);
      if (!row) return { taken: false, refusal: 'unknown' };
      const event: TaskEvent = { type: 'finish', outcome: result.outcome, attempt, reporter };
      const { exitCode, signal, outputBytes } = result;
      const applied = this.table.apply(row, event, actor, now, { exitCode, signal, outputBytes });
      if (!applied.ok) {
        const { refusal } = applied;
        return refusal === 'repeated' ? { taken: true, repeated: true } : { taken: false, refusal };
      }
      this.table.insertResult(row, result);
      return { taken: true, repeated: false };
    });
  }

  exchange(poll: Poll, actor: Actor, now: Instant): Promise<Exchange> {
    return this.commits.run(() => this.distribution.exchange(poll, actor, now));
  }

  claimForPoll(poll: Poll, actor: Actor, now: Instant): Promise<HandOut[] | null> {
    return this.commits.run(() => this.distribution.claimForPoll(poll, actor, now));
  }

  markOffline(workerName: string, actor: Actor, now: Instant): Promise<void> {
    return this.commits.run(() => {
      const { changes } = this.db
        .update(workers)
        .set({ online: false })
        .where(and(eq(workers.name, workerName), eq(workers.online, true)))
        .run();
      if (changes === 0) return;
      const event = {
        action: 'worker.offline',
        target: workerName,
        taskId: null,
        outcome: 'success',
        detail: {},
      } as const;
      this.audit.append(event, actor, now.wall);
    });
  }

  expireOverdue(now: Instant, limit: number): Promise<string[]> {
    const overdue = and(sql`status = 'pending'`, lte(tasks.expiresAt, now.wall));
    return this.sweep(overdue, limit, now, () => ({ type: 'expire' }));
  }

  loseLapsed(now: Instant, limit: number): Promise<string[]> {
    const lapsed = and(sql`status = 'running'`, lte(tasks.leaseDeadline, Math.floor(now.monotonic)));
    return this.sweep(lapsed, limit, now, (row) => ({
      type: 'lose',
      note: `lost: ${row.leaseWorker ?? 'its worker'} has not been heard of since it took the task`,
    }));
  }

  resumeLeases(now: Instant): Promise<string[]> {
    return this.commits.run(() => {
      this.db
        .update(tasks)
        .set({ leaseDeadline: sql`${Math.ceil(now.monotonic)} + lease_duration` })
        .where(sql`status = 'running'`)
        .run();
      const online = this.db.select({ name: workers.name }).from(workers).where(eq(workers.online, true)).all();
      return online.map(({ name }) => name);
    });
  }

  async removeEnded(wall: number, now: Instant, limit: number): Promise<number> {
    const count = await this.commits.run(() => {
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
      this.audit.append(event, SYSTEM, now.wall);
      return removed;
    });
    // Gives the freed pages back to the file system, a bounded piece at a time.
    if (count > 0) this.reading(() => this.database.connection.pragma('incremental_vacuum(1000)'));
    return count;
  }

  /** Records a start or stop of the server. */
  recordServer(
    action: 'server.started' | 'server.stopped',
    detail: Record<string, unknown>,
    now: Instant,
  ): Promise<void> {
    const event = { action, target: null, taskId: null, outcome: 'success', detail } as const;
    return this.commits.run(() => this.audit.append(event, SYSTEM, now.wall));
  }

  /** Commits what waits and closes the file. */
  close(): void {
    this.commits.close();
    this.database.close();
  }

  private sweep(
    due: ReturnType<typeof and>,
    limit: number,
    now: Instant,
    eventFor: (row: TaskRow) => TaskEvent,
  ): Promise<string[]> {
    return this.commits.run(() => {
      const rows = this.db.select().from(tasks).where(due).limit(limit).all();
      return rows.filter((row) => this.table.apply(row, eventFor(row), SYSTEM, now).ok).map((row) => row.id);
    });
  }

  private countOf(status: TaskStatus): number {
    const found = this.db.select().from(taskCounts).where(eq(taskCounts.status, status)).get();
    return found?.count ?? 0;
  }

  /** Runs `look`, and tells what the disk has against it in the words of the port. */
  private reading<T>(look: () => T): T {
    try {
      return look();
    } catch (error) {
      throw asStorageError(error);
    }
  }

  private stored(row: TaskRow): StoredTask {
    return storedTask(row, this.table.inputOf(row), this.table.resultOf(row));
  }
}
