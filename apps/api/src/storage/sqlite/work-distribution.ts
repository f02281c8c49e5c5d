import { and, eq, getTableColumns, max, sql } from 'drizzle-orm';
import type { Actor } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import { type Claimant, judgeHeld, renewLease } from '../../domain/lease.js';
import type { AttemptRef, Exchange, HandOut, HeldNews, News, Poll, Wanted } from '../task-store.js';
import { compiled } from './compiled.js';
import type { Engine } from './engine.js';
import { placeholders } from './placeholders.js';
import { ReadyTasks } from './ready-tasks.js';
import { tasks, workers } from './schema.js';
import { handOut, isReady, stateOf, type TaskRow } from './task-rows.js';
import type { TaskTable } from './task-table.js';

type WorkerRow = typeof workers.$inferSelect;

const { placeholder } = sql;
const WORKER_COLUMNS = Object.keys(getTableColumns(workers)) as (keyof WorkerRow)[];

const attemptKey = ({ taskId, attempt }: AttemptRef) => `${taskId}:${attempt}`;
const keyOf = (row: TaskRow) => attemptKey({ taskId: row.id, attempt: row.attempt });

const wantedBy = ({ claimant, description, kinds }: Poll): Wanted => ({
  kinds,
  name: claimant.workerName,
  tags: description.tags,
});

const isOvertaken = (worker: WorkerRow, { claimant }: Poll): boolean =>
  worker.workerId !== claimant.workerId || worker.generation !== claimant.generation || worker.seq !== claimant.seq;

/** Hands tasks to workers and settles with each poll what its worker holds. Every method runs inside a transaction. */
export class WorkDistribution {
  private readonly statements;
  private readonly ready: ReadyTasks;

  constructor(
    private readonly engine: Engine,
    private readonly table: TaskTable,
  ) {
    const { db } = engine;
    this.ready = new ReadyTasks(engine);
    const row = placeholders(...WORKER_COLUMNS);
    this.statements = compiled({
      held: db
        .select()
        .from(tasks)
        .where(and(sql`status = 'running'`, eq(tasks.leaseWorkerId, placeholder('workerId'))))
        .prepare(),
      cancelled: db
        .select()
        .from(tasks)
        .where(
          and(
            sql`status = 'running'`,
            eq(tasks.leaseWorkerId, placeholder('workerId')),
            sql`cancel_requested_at IS NOT NULL`,
          ),
        )
        .prepare(),
      newestStart: db
        .select({ generation: max(workers.generation) })
        .from(workers)
        .where(eq(workers.workerId, placeholder('workerId')))
        .prepare(),
      worker: db
        .select()
        .from(workers)
        .where(eq(workers.name, placeholder('name')))
        .prepare(),
      register: db
        .insert(workers)
        .values(row)
        .onConflictDoUpdate({ target: workers.name, set: row as unknown as Partial<WorkerRow> })
        .prepare(),
    });
  }

  hasReady(wanted: Wanted): boolean {
    return this.ready.hasAny(wanted);
  }

  oldestReady(): number | null {
    return this.ready.oldest();
  }

  /** Up to `max` tasks, by priority and then age. `held` are ids that the worker still speaks of: it gets no other attempt of them. */
  claim(
    claimant: Claimant,
    wanted: Wanted,
    max: number,
    held: readonly string[],
    actor: Actor,
    now: Instant,
  ): HandOut[] {
    const { attemptsAbove } = this.table;
    return this.ready.first(wanted, max, held, now.wall).flatMap((row) => {
      // Claiming one task of a conversation blocks no other that is ready: only one ever is.
      const event = { type: 'claim', claimant, timeout: row.timeout, attemptsAbove } as const;
      const claimed = this.table.apply(row, event, actor, now);
      return claimed.ok ? [handOut(claimed.row, this.table.inputOf(row))] : [];
    });
  }

  exchange(poll: Poll, actor: Actor, now: Instant): Exchange {
    const { claimant } = poll;
    const known = this.statements.worker.get({ name: claimant.workerName });
    if (known && known.workerId !== claimant.workerId && known.online) return { kind: 'name_in_use' };
    // By id over all names: a worker may have been renamed since.
    const newest = this.statements.newestStart.get({ workerId: claimant.workerId })?.generation ?? null;
    if (newest !== null && claimant.generation < newest) return { kind: 'superseded' };
    const sameStart = known?.workerId === claimant.workerId && known.generation === claimant.generation;
    if (sameStart && claimant.seq <= known.seq) return { kind: 'late' };
    this.register(poll, known?.drained ?? false, !sameStart || !known.online, actor, now);

    const stale = this.settle(poll, actor, now);
    return { kind: 'settled', stale, ...this.tell(poll, known?.drained ?? false, actor, now) };
  }

  hasNews(poll: Poll, drain: boolean): boolean {
    const { claimant } = poll;
    const worker = this.statements.worker.get({ name: claimant.workerName });
    if (!worker || isOvertaken(worker, poll) || worker.drained !== drain) return true;
    if (this.unheardCancels(poll).length > 0) return true;
    return poll.max > 0 && !drain && this.hasReady(wantedBy(poll));
  }

  news(poll: Poll, actor: Actor, now: Instant): HeldNews | null {
    const worker = this.statements.worker.get({ name: poll.claimant.workerName });
    // A newer poll has come meanwhile: this one's answer will not be read.
    if (!worker || isOvertaken(worker, poll)) return null;
    const told = this.tell(poll, worker.drained, actor, now);
    return { ...told, askAgain: told.handOuts.length === 0 && !told.drain && this.keepsFromItself(poll) };
  }

  private tell(poll: Poll, drain: boolean, actor: Actor, now: Instant): News {
    const { claimant, max, running } = poll;
    const held = running.map((ref) => ref.taskId);
    const takes = max > 0 && !drain;
    const handOuts = takes ? this.claim(claimant, wantedBy(poll), max, held, actor, now) : [];
    return { handOuts, cancel: this.unheardCancels(poll), drain };
  }

  /** Whether a task is ready that it lists, as it was a while ago: a poll gets no other attempt of what it lists. */
  private keepsFromItself({ max, running }: Poll): boolean {
    if (max === 0) return false;
    return running.some(({ taskId }) => {
      const row = this.table.byId(taskId);
      return row !== undefined && isReady(row);
    });
  }

  /** The listed attempts that are to end, but for those that the worker is ending already. */
  private unheardCancels({ claimant, running }: Poll): AttemptRef[] {
    if (running.length === 0) return [];
    const wanted = new Set(this.statements.cancelled.all({ workerId: claimant.workerId }).map(keyOf));
    return running
      .filter((ref) => !ref.cancelling && wanted.has(attemptKey(ref)))
      .map(({ taskId, attempt }) => ({ taskId, attempt }));
  }

  private register(poll: Poll, drained: boolean, announce: boolean, actor: Actor, now: Instant): void {
    const { claimant, description, kinds, draining } = poll;
    this.statements.register.run({
      name: claimant.workerName,
      workerId: claimant.workerId,
      generation: claimant.generation,
      seq: claimant.seq,
      ...description,
      tags: JSON.stringify(description.tags),
      kinds: JSON.stringify(kinds),
      online: true,
      drained,
      draining,
      lastSeenAt: now.wall,
    });
    if (!announce) return;
    const detail = { workerId: claimant.workerId, generation: claimant.generation, ...description, kinds };
    this.engine.record(
      { action: 'worker.registered', target: claimant.workerName, taskId: null, outcome: 'success', detail },
      actor,
      now.wall,
    );
  }

  /** Holds what the worker lists against what the server believes it holds; answers what it is to forget. */
  private settle(poll: Poll, actor: Actor, now: Instant): AttemptRef[] {
    const { claimant, running } = poll;
    const listed = new Set(running.map(attemptKey));
    const held = this.statements.held.all({ workerId: claimant.workerId });
    for (const row of held) this.settleHeld(row, listed.has(keyOf(row)), poll, actor, now);

    const renewed = new Set(held.map(keyOf));
    const stale = running.filter((ref) => {
      if (renewed.has(attemptKey(ref))) return false;
      const row = this.table.byId(ref.taskId);
      if (!row) return true;
      return !this.ownReportTaken(row, ref, claimant.workerId) && !this.revive(row, ref, poll, actor, now);
    });
    return stale.map(({ taskId, attempt }) => ({ taskId, attempt }));
  }

  private settleHeld(row: TaskRow, listed: boolean, poll: Poll, actor: Actor, now: Instant): void {
    const state = stateOf(row);
    const { generation } = poll.claimant;
    if (!state.lease?.session) return;
    switch (judgeHeld(state.lease.session, generation, listed)) {
      case 'renew': {
        this.table.renew(row, renewLease(state.lease, now, { ...state.lease.session, generation }));
        return;
      }
      case 'release':
        this.table.apply(row, { type: 'release' }, actor, now);
        return;
      case 'lose': {
        const note = `lost: ${row.leaseWorker} no longer holds it and did not say how it ended`;
        const retry = this.table.retryAfter(row, 'lost', now);
        this.table.apply(row, { type: 'lose', note, retry }, actor, now);
      }
    }
  }

  /** The worker lists an attempt until it has read that its report was taken, which may be a poll later. */
  private ownReportTaken(row: TaskRow, ref: AttemptRef, workerId: string): boolean {
    return row.reported && row.attempt === ref.attempt && row.leaseWorkerId === workerId;
  }

  private revive(row: TaskRow, ref: AttemptRef, poll: Poll, actor: Actor, now: Instant): boolean {
    const { workerId, generation } = poll.claimant;
    return this.table.apply(row, { type: 'revive', attempt: ref.attempt, workerId, generation }, actor, now).ok;
  }
}
