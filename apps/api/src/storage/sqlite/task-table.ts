import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Actor } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import { laneOf } from '../../domain/lane.js';
import type { Lease } from '../../domain/lease.js';
import { retryTime } from '../../domain/retry.js';
import {
  ATTEMPTS_PER_EPOCH,
  type AttemptResult,
  isFinal,
  type NewTask,
  type TaskState,
  type TaskStatus,
  type TaskType,
} from '../../domain/task.js';
import { type Refusal, type Retry, type TaskEvent, type TaskEventType, transition } from '../../domain/task-machine.js';
import type { AuditEvent } from '../audit-event.js';
import { compiled } from './compiled.js';
import { Conversations } from './conversations.js';
import type { Engine } from './engine.js';
import { placeholders } from './placeholders.js';
import { installation, taskInputs, taskResults, tasks } from './schema.js';
import {
  inputColumns,
  isReady,
  type ResultRow,
  resultColumns,
  retryPolicyOf,
  STATE_COLUMNS,
  stateColumns,
  stateOf,
  type TaskRow,
  targetOfRow,
  taskColumns,
} from './task-rows.js';

const { placeholder } = sql;

type AuditAction = AuditEvent['action'];

const TASK_COLUMNS = [
  'id',
  'type',
  'timeout',
  'expiresIn',
  'priority',
  'targetWorker',
  'targetTags',
  'maxAttempts',
  'retryOn',
  'retryDelay',
  'scheduleId',
  'fireAt',
  'sessionId',
  'retryOf',
  'webhook',
] as const satisfies (keyof ReturnType<typeof taskColumns>)[];

/** What a new task has in the columns that nothing is said of; SQLite's own RETURNING takes longer than its insert. */
const NEW_ROW = Object.fromEntries(
  Object.entries(getTableColumns(tasks)).map(([name, column]) => [name, column.default ?? null]),
) as TaskRow;
NEW_ROW.status = 'pending';

/** The audit's word for what a transition did; the end of an attempt is named by how it ended. */
const ACTIONS: Record<Exclude<TaskEventType, 'finish' | 'cancel'>, AuditAction> = {
  claim: 'task.claimed',
  release: 'task.released',
  lose: 'task.lost',
  revive: 'task.revived',
  expire: 'task.expired',
};

export type Applied = { ok: true; row: TaskRow } | { ok: false; refusal: Refusal };

/**
 * The tasks of the database: changed only by the state machine, each change with its audit entry and told to whoever
 * waits. Every method that changes something runs inside a transaction.
 */
export class TaskTable {
  /** Attempts are numbered above this. */
  readonly attemptsAbove: number;
  readonly conversations: Conversations;
  private readonly statements;

  constructor(private readonly engine: Engine) {
    const { db } = engine;
    this.conversations = new Conversations(engine);
    this.attemptsAbove = (db.select().from(installation).get()?.epoch ?? 0) * ATTEMPTS_PER_EPOCH;
    this.statements = compiled({
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
      insert: db
        .insert(tasks)
        .values({
          ...placeholders(...TASK_COLUMNS, 'lane', 'blocked', 'dueAt', 'createdAt', 'expiresAt'),
          status: 'pending',
        })
        .prepare(),
      insertInput: db
        .insert(taskInputs)
        .values(placeholders('taskSeq', 'shown', 'bulky', 'variables', 'labels'))
        .prepare(),
      removeResult: db
        .delete(taskResults)
        .where(eq(taskResults.taskSeq, placeholder('seq')))
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
      renew: db
        .update(tasks)
        .set(placeholders('leaseGeneration', 'leaseListed', 'leaseDeadline') as unknown as Partial<TaskRow>)
        .where(and(eq(tasks.seq, placeholder('seq')), sql`status = 'running'`))
        .prepare(),
      makeReady: db
        .update(tasks)
        .set({ blocked: sql`${placeholder('blocked')}`, lane: sql`${placeholder('lane')}` })
        .where(and(eq(tasks.seq, placeholder('seq')), sql`status = 'pending'`))
        .prepare(),
      remove: db
        .delete(tasks)
        .where(eq(tasks.seq, placeholder('seq')))
        .prepare(),
    });
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

  insert(task: NewTask, actor: Actor, now: Instant): TaskRow {
    const { sessionId, input } = task;
    const home = sessionId === null ? null : this.conversations.enter(sessionId, folderOf(task), now.wall);
    // A conversation goes on in its own folder, whatever folder is asked for.
    const shown = home?.cwd ? { ...input.shown, cwd: home.cwd } : input.shown;
    const dueAt = task.dueAt !== null && task.dueAt > now.wall ? task.dueAt : null;
    const columns = {
      ...taskColumns(task),
      lane: laneOf({ ...task.target, worker: home?.worker ?? task.target.worker }),
      blocked: dueAt === null ? null : 'due',
      dueAt,
      createdAt: now.wall,
      expiresAt: (dueAt ?? now.wall) + task.expiresIn,
    };
    const { lastInsertRowid } = this.statements.insert.run(columns);
    const row = { ...NEW_ROW, ...columns, seq: Number(lastInsertRowid), worker: columns.targetWorker };
    this.engine.counts.added('pending');
    this.statements.insertInput.run({ taskSeq: row.seq, ...inputColumns({ ...task, input: { ...input, shown } }) });
    this.record('task.submitted', row, task.auditDetail, actor, now);
    if (dueAt === null) return this.makeReady(row);
    this.engine.announce({ kind: 'due' });
    return row;
  }

  insertResult(row: TaskRow, result: AttemptResult): void {
    // That of an earlier attempt makes room: a record shows one result.
    this.statements.removeResult.run({ seq: row.seq });
    this.statements.insertResult.run({ taskSeq: row.seq, ...resultColumns(result) });
  }

  /** Removes an ended task with all that belongs to it. */
  remove(row: TaskRow, actor: Actor, now: Instant): void {
    this.statements.remove.run({ seq: row.seq });
    this.record('task.deleted', row, { status: row.status }, actor, now);
    this.engine.announce({ kind: 'task', id: row.id });
  }

  /** Applies `event` to the task of `row`, which must be fresh, and records it with `detail`. */
  apply(row: TaskRow, event: TaskEvent, actor: Actor, now: Instant, detail: Record<string, unknown> = {}): Applied {
    const before = stateOf(row);
    const verdict = transition(before, event, now);
    if (!verdict.ok) return verdict;
    const changed = this.write(row, verdict.state);
    const again = verdict.state.status === 'pending' ? { dueAt: verdict.state.dueAt } : {};
    const retried = event.type === 'finish' || event.type === 'lose' ? again : {};
    this.record(actionOf(event, changed), changed, { attempt: changed.attempt, ...detail, ...retried }, actor, now);
    this.followUp(before, changed, event);
    return { ok: true, row: changed };
  }

  /** Writes a lease that has been renewed, and nothing else: most indexes stay as they are. */
  renew(row: TaskRow, { session, deadline }: Lease): void {
    const columns = { leaseGeneration: session?.generation ?? null, leaseListed: session?.listed ?? null };
    this.statements.renew.run({ ...columns, leaseDeadline: Math.ceil(deadline), seq: row.seq });
  }

  write(row: TaskRow, state: TaskState): TaskRow {
    const columns = stateColumns(state);
    const { changes } = this.statements.update.run({
      ...columns,
      seq: row.seq,
      statusBefore: row.status,
      attemptBefore: row.attempt,
    });
    if (changes !== 1) throw new Error(`task ${row.id} changed under its transition`);
    this.engine.counts.moved(row.status as TaskStatus, state.status);
    return { ...row, ...columns };
  }

  /** The further attempt that the task is to have after one that ended so, if any. */
  retryAfter(row: TaskRow, end: string, now: Instant): Retry | null {
    const at = retryTime(retryPolicyOf(row), row.tries, end, now, Math.random());
    return at === null ? null : { at, expiresAt: at + row.expiresIn };
  }

  /** What blocked a pending task is over: it may be handed out, unless its conversation is at work. */
  makeReady(row: TaskRow): TaskRow {
    const { sessionId } = row;
    const waits = sessionId !== null && this.conversations.isAtWork(sessionId, row.seq);
    const target = targetOfRow(row);
    const holder = sessionId === null ? null : this.conversations.holderOf(sessionId);
    const ready = { ...target, worker: holder ?? target.worker };
    const change = { blocked: waits ? 'session' : null, lane: laneOf(ready) };
    if (change.blocked !== row.blocked || change.lane !== row.lane) {
      this.statements.makeReady.run({ ...change, seq: row.seq });
    }
    if (!waits) this.engine.announce({ kind: 'ready', type: row.type as TaskType, target: ready });
    return { ...row, ...change };
  }

  record(action: AuditAction, row: TaskRow, detail: Record<string, unknown>, actor: Actor, now: Instant): void {
    const failed = action === 'task.failed' || action === 'task.timed_out' || action === 'task.lost';
    const outcome = failed ? 'failure' : 'success';
    const target = row.leaseWorker ?? row.targetWorker;
    this.engine.record({ action, target, taskId: row.id, outcome, detail }, actor, now.wall, row.webhook);
  }

  private followUp(before: TaskState, row: TaskRow, { type }: TaskEvent): void {
    const { sessionId } = row;
    if (type === 'cancel' && row.status === 'running' && row.leaseWorker !== null) {
      this.engine.announce({ kind: 'worker', name: row.leaseWorker });
    }
    // What an earlier attempt printed is not what this one did.
    if (type === 'claim' && row.tries > 1) this.statements.removeResult.run({ seq: row.seq });
    if (sessionId !== null) {
      if (type === 'claim') this.conversations.claimedBy(sessionId, row.leaseWorker, row.startedAt ?? 0);
      if (type === 'release') this.conversations.notBegun(sessionId);
    }
    if (row.status === before.status && row.blocked === before.blocked) return;
    if (row.status !== before.status) this.engine.announce({ kind: 'task', id: row.id });
    if (row.blocked === 'due') this.engine.announce({ kind: 'due' });
    if (isReady(row)) this.makeReady(row);
    else if (sessionId !== null && (isFinal(row.status as TaskStatus) || row.blocked !== null)) this.nextTurn(row);
  }

  /** A task of a conversation has left its place: the next one of it may go on. */
  private nextTurn({ sessionId, seq }: TaskRow): void {
    if (sessionId === null || this.conversations.isAtWork(sessionId, seq)) return;
    const next = this.conversations.nextOf(sessionId);
    if (next) this.makeReady(next);
  }
}

function actionOf(event: TaskEvent, row: TaskRow): AuditAction {
  switch (event.type) {
    case 'finish':
      return `task.${event.outcome}`;
    case 'cancel':
      return row.status === 'cancelled' ? 'task.cancelled' : 'task.cancel_requested';
    case 'release':
      return row.status === 'cancelled' ? 'task.cancelled' : ACTIONS.release;
    default:
      return ACTIONS[event.type];
  }
}

function folderOf({ input }: NewTask): string | null {
  const { cwd } = input.shown as { cwd?: string };
  return cwd ?? null;
}
