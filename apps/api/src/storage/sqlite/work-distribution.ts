import { and, eq, getTableColumns, max, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Actor } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import { type Claimant, judgeHeld, renewLease } from '../../domain/lease.js';
import type { TaskType } from '../../domain/task.js';
import type { AttemptRef, Exchange, HandOut, Poll } from '../task-store.js';
import type { AuditLog } from './audit-log.js';
import { tasks, workers } from './schema.js';
import { handOut, stateOf, type TaskRow } from './task-rows.js';
import { placeholders, type TaskTable } from './task-table.js';

type ReleasedTask = (Exchange & { kind: 'settled' })['released'][number];
type WorkerRow = typeof workers.$inferSelect;

const { placeholder } = sql;
const WORKER_COLUMNS = Object.keys(getTableColumns(workers)) as (keyof WorkerRow)[];

const attemptKey = ({ taskId, attempt }: AttemptRef) => `${taskId}:${attempt}`;
const keyOf = (row: TaskRow) => attemptKey({ taskId: row.id, attempt: row.attempt });

/** Hands tasks to workers and settles with each poll what its worker holds. Every method runs inside a transaction. */
export class WorkDistribution {
  private readonly statements;

  constructor(
    db: BetterSQLite3Database,
    private readonly table: TaskTable,
    private readonly audit: AuditLog,
  ) {
    const row = placeholders(...WORKER_COLUMNS);
    this.statements = {
      readyOfKind: db
        .select()
        .from(tasks)
        .where(
          and(
            sql`status = 'pending'`,
            eq(tasks.type, placeholder('kind')),
            sql`expires_at > ${placeholder('now')}`,
            sql`id NOT IN (SELECT value FROM json_each(${placeholder('held')}))`,
          ),
        )
        .orderBy(sql`priority DESC`, tasks.seq)
        .limit(placeholder('max'))
        .prepare(),
      anyOfKind: db
        .select({ seq: tasks.seq })
        .from(tasks)
        .where(and(sql`status = 'pending'`, eq(tasks.type, placeholder('kind'))))
        .limit(1)
        .prepare(),
      held: db
        .select()
        .from(tasks)
        .where(and(sql`status = 'running'`, eq(tasks.leaseWorkerId, placeholder('workerId'))))
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
    };
  }

  hasPending(kinds: readonly TaskType[]): boolean {
    return kinds.some((kind) => this.isPending(kind));
  }

  private isPending(kind: TaskType): boolean {
    return this.statements.anyOfKind.get({ kind }) !== undefined;
  }

  /** Up to `max` tasks, by priority and then age. `held` are ids that the worker still speaks of: it gets no other attempt of them. */
  claim(
    claimant: Claimant,
    want: { kinds: readonly TaskType[]; max: number; held: readonly string[] },
    actor: Actor,
    now: Instant,
  ): HandOut[] {
    const terms = { now: now.wall, held: JSON.stringify(want.held), max: want.max };
    // A look for each kind, along its own index: tasks of other kinds may wait by the million.
    const candidates = want.kinds
      .filter((kind) => this.isPending(kind))
      .flatMap((kind) => this.statements.readyOfKind.all({ kind, ...terms }))
      .sort((a, b) => b.priority - a.priority || a.seq - b.seq)
      .slice(0, want.max);
    return candidates.flatMap((row) => {
      const claimed = this.table.apply(row, { type: 'claim', claimant, timeout: row.timeout }, actor, now);
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
    this.register(poll, !sameStart || !known.online, actor, now);

    const { released, lost, stale } = this.settle(poll, actor, now);
    return { kind: 'settled', handOuts: this.claimWanted(poll, actor, now), stale, released, lost };
  }

  claimForPoll(poll: Poll, actor: Actor, now: Instant): HandOut[] | null {
    const { claimant } = poll;
    const newest = this.statements.worker.get({ name: claimant.workerName });
    // A newer poll has come meanwhile: this one's answer will not be read.
    const overtaken =
      newest?.workerId !== claimant.workerId ||
      newest.generation !== claimant.generation ||
      newest.seq !== claimant.seq;
    return overtaken ? null : this.claimWanted(poll, actor, now);
  }

  private claimWanted({ claimant, kinds, max, running }: Poll, actor: Actor, now: Instant): HandOut[] {
    if (max === 0) return [];
    return this.claim(claimant, { kinds, max, held: running.map((ref) => ref.taskId) }, actor, now);
  }

  private register(poll: Poll, announce: boolean, actor: Actor, now: Instant): void {
    const { claimant, description, kinds } = poll;
    this.statements.register.run({
      name: claimant.workerName,
      workerId: claimant.workerId,
      generation: claimant.generation,
      seq: claimant.seq,
      ...description,
      tags: JSON.stringify(description.tags),
      kinds: JSON.stringify(kinds),
      online: true,
      lastSeenAt: now.wall,
    });
    if (!announce) return;
    const detail = { workerId: claimant.workerId, generation: claimant.generation, ...description, kinds };
    this.audit.append(
      { action: 'worker.registered', target: claimant.workerName, taskId: null, outcome: 'success', detail },
      actor,
      now.wall,
    );
  }

  /** Holds what the worker lists against what the server believes it holds. */
  private settle(poll: Poll, actor: Actor, now: Instant) {
    const { claimant, running } = poll;
    const listed = new Set(running.map(attemptKey));
    const settled = { released: [] as ReleasedTask[], lost: [] as string[], stale: [] as AttemptRef[] };

    const held = this.statements.held.all({ workerId: claimant.workerId });
    for (const row of held) this.settleHeld(row, listed.has(keyOf(row)), poll, settled, actor, now);

    const renewed = new Set(held.map(keyOf));
    for (const ref of running) {
      if (renewed.has(attemptKey(ref))) continue;
      const row = this.table.byId(ref.taskId);
      if (row && this.ownReportTaken(row, ref, claimant.workerId)) continue;
      if (row && this.revive(row, ref, poll, actor, now)) continue;
      settled.stale.push({ taskId: ref.taskId, attempt: ref.attempt });
    }
    return settled;
  }

  private settleHeld(
    row: TaskRow,
    listed: boolean,
    poll: Poll,
    settled: { released: ReleasedTask[]; lost: string[] },
    actor: Actor,
    now: Instant,
  ): void {
    const state = stateOf(row);
    const { generation } = poll.claimant;
    if (!state.lease?.session) return;
    switch (judgeHeld(state.lease.session, generation, listed)) {
      case 'renew': {
        const lease = renewLease(state.lease, now, { ...state.lease.session, generation });
        this.table.write(row, { ...state, lease });
        return;
      }
      case 'release':
        if (this.table.apply(row, { type: 'release' }, actor, now).ok) {
          settled.released.push({ id: row.id, type: row.type as TaskType });
        }
        return;
      case 'lose': {
        const note = `lost: ${row.leaseWorker} no longer holds it and did not say how it ended`;
        if (this.table.apply(row, { type: 'lose', note }, actor, now).ok) settled.lost.push(row.id);
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
