import { and, eq, getTableColumns, sql } from 'drizzle-orm';
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

type WorkerRow = typeof workers.$inferSelect;

const { placeholder } = sql;
const WORKER_COLUMNS = Object.keys(getTableColumns(workers)) as (keyof WorkerRow)[];

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
      ready: db
        .select()
        .from(tasks)
        .where(
          and(
            sql`status = 'pending'`,
            sql`expires_at > ${placeholder('now')}`,
            sql`type IN (SELECT value FROM json_each(${placeholder('kinds')}))`,
            sql`id NOT IN (SELECT value FROM json_each(${placeholder('held')}))`,
          ),
        )
        .orderBy(sql`priority DESC`, tasks.seq)
        .limit(placeholder('max'))
        .prepare(),
      anyReady: db
        .select({ seq: tasks.seq })
        .from(tasks)
        .where(and(sql`status = 'pending'`, sql`type IN (SELECT value FROM json_each(${placeholder('kinds')}))`))
        .limit(1)
        .prepare(),
      held: db
        .select()
        .from(tasks)
        .where(and(sql`status = 'running'`, eq(tasks.leaseWorkerId, placeholder('workerId'))))
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
    return this.statements.anyReady.get({ kinds: JSON.stringify(kinds) }) !== undefined;
  }

  /** Up to `max` tasks, by priority and then age. `held` are ids that the worker still speaks of: it gets no other attempt of them. */
  claim(
    claimant: Claimant,
    want: { kinds: readonly TaskType[]; max: number; held: readonly string[] },
    actor: Actor,
    now: Instant,
  ): HandOut[] {
    const candidates = this.statements.ready.all({
      now: now.wall,
      kinds: JSON.stringify(want.kinds),
      held: JSON.stringify(want.held),
      max: want.max,
    });
    return candidates.flatMap((row) => {
      const claimed = this.table.apply(row, { type: 'claim', claimant, timeout: row.timeout }, actor, now);
      return claimed.ok ? [handOut(claimed.row, this.table.inputOf(row))] : [];
    });
  }

  exchange(poll: Poll, actor: Actor, now: Instant): Exchange {
    const { claimant } = poll;
    const known = this.statements.worker.get({ name: claimant.workerName });
    if (known && known.workerId !== claimant.workerId && known.online) return { kind: 'name_in_use' };
    if (known && known.workerId === claimant.workerId) {
      if (claimant.generation < known.generation) return { kind: 'superseded' };
      if (claimant.generation === known.generation && claimant.seq <= known.seq) return { kind: 'late' };
    }
    const newStart = known?.workerId !== claimant.workerId || known.generation !== claimant.generation;
    this.register(poll, newStart || !known.online, actor, now);

    const { released, lost, stale } = this.settle(poll, actor, now);
    return { kind: 'settled', handOuts: this.claimWanted(poll, actor, now), stale, released, lost };
  }

  claimForPoll(poll: Poll, actor: Actor, now: Instant): HandOut[] {
    const { claimant } = poll;
    const newest = this.statements.worker.get({ name: claimant.workerName });
    // A newer poll has come meanwhile: this one's answer will not be read.
    const overtaken =
      newest?.workerId !== claimant.workerId ||
      newest.generation !== claimant.generation ||
      newest.seq !== claimant.seq;
    return overtaken ? [] : this.claimWanted(poll, actor, now);
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
    const listed = new Map(running.map((ref) => [ref.taskId, ref.attempt]));
    const settled = { released: [] as string[], lost: [] as string[], stale: [] as AttemptRef[] };

    const held = this.statements.held.all({ workerId: claimant.workerId });
    for (const row of held) this.settleHeld(row, listed.get(row.id) === row.attempt, poll, settled, actor, now);

    const renewed = new Set(held.map((row) => row.id).filter((id) => listed.has(id)));
    for (const ref of running) {
      const row = this.table.byId(ref.taskId);
      if (renewed.has(ref.taskId) && row?.attempt === ref.attempt) continue;
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
    settled: { released: string[]; lost: string[] },
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
        if (this.table.apply(row, { type: 'release' }, actor, now).ok) settled.released.push(row.id);
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
