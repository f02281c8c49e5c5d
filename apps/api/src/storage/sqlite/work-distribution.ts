import { and, eq, inArray, notInArray, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Actor } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import { type Claimant, judgeHeld, renewLease } from '../../domain/lease.js';
import type { TaskType } from '../../domain/task.js';
import type { AttemptRef, Exchange, HandOut, Poll } from '../task-store.js';
import type { AuditLog } from './audit-log.js';
import { tasks, workers } from './schema.js';
import { handOut, stateOf, type TaskRow } from './task-rows.js';
import type { TaskTable } from './task-table.js';

/** Hands tasks to workers and settles with each poll what its worker holds. Every method runs inside a transaction. */
export class WorkDistribution {
  constructor(
    private readonly db: BetterSQLite3Database,
    private readonly table: TaskTable,
    private readonly audit: AuditLog,
  ) {}

  /** Up to `max` tasks, by priority and then age. `held` are ids that the worker still speaks of: it gets no other attempt of them. */
  claim(
    claimant: Claimant,
    want: { kinds: readonly TaskType[] | null; max: number; held: readonly string[] },
    actor: Actor,
    now: Instant,
  ): HandOut[] {
    const candidates = this.db
      .select()
      .from(tasks)
      .where(
        and(
          sql`status = 'pending'`,
          sql`expires_at > ${now.wall}`,
          want.kinds ? inArray(tasks.type, [...want.kinds]) : undefined,
          want.held.length > 0 ? notInArray(tasks.id, [...want.held]) : undefined,
        ),
      )
      .orderBy(sql`priority DESC`, tasks.seq)
      .limit(want.max)
      .all();
    return candidates.flatMap((row) => {
      const claimed = this.table.apply(row, { type: 'claim', claimant, timeout: row.timeout }, actor, now);
      return claimed.ok ? [handOut(claimed.row, this.table.inputOf(row))] : [];
    });
  }

  exchange(poll: Poll, actor: Actor, now: Instant): Exchange {
    const { claimant } = poll;
    const known = this.db.select().from(workers).where(eq(workers.name, claimant.workerName)).get();
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
    const newest = this.db
      .select({ workerId: workers.workerId, generation: workers.generation, seq: workers.seq })
      .from(workers)
      .where(eq(workers.name, claimant.workerName))
      .get();
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
    const row = {
      workerId: claimant.workerId,
      generation: claimant.generation,
      seq: claimant.seq,
      hostname: description.hostname,
      platform: description.platform,
      version: description.version,
      tags: JSON.stringify(description.tags),
      kinds: JSON.stringify(kinds),
      maxConcurrent: description.maxConcurrent,
      online: true,
      lastSeenAt: now.wall,
    };
    this.db
      .insert(workers)
      .values({ name: claimant.workerName, ...row })
      .onConflictDoUpdate({ target: workers.name, set: row })
      .run();
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

    const held = this.db
      .select()
      .from(tasks)
      .where(and(sql`status = 'running'`, eq(tasks.leaseWorkerId, claimant.workerId)))
      .all();
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
