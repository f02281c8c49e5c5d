import { targetOf } from '../../domain/lane.js';
import type { WorkerSession } from '../../domain/lease.js';
import { RETRIED_ENDS, type RetryPolicy } from '../../domain/retry.js';
import type { AttemptResult, NewTask, Target, TaskInput, TaskState, TaskStatus, TaskType } from '../../domain/task.js';
import type { HandOut, ListedTask, StoredTask } from '../task-store.js';
import type { taskInputs, taskResults, tasks } from './schema.js';

export type TaskRow = typeof tasks.$inferSelect;
export type InputRow = typeof taskInputs.$inferSelect;
export type ResultRow = typeof taskResults.$inferSelect;
export type ListedInputRow = Pick<InputRow, 'shown' | 'labels'>;
export type ListedResultRow = Omit<ResultRow, 'stdout' | 'stderr'>;

export function stateOf(row: TaskRow): TaskState {
  return {
    status: row.status as TaskStatus,
    attempt: row.attempt,
    tries: row.tries,
    blocked: row.blocked as TaskState['blocked'],
    dueAt: row.dueAt,
    cancelRequestedAt: row.cancelRequestedAt,
    expiresAt: row.expiresAt,
    startedAt: row.startedAt,
    completedAt: row.completedAt,
    reported: row.reported,
    note: row.note,
    lease:
      row.leaseToken === null
        ? null
        : {
            tokenId: row.leaseToken,
            workerName: row.leaseWorker,
            duration: row.leaseDuration ?? 0,
            deadline: row.leaseDeadline ?? 0,
            session: sessionOf(row),
          },
  };
}

const parsed = (json: string | null) => (json === null ? null : JSON.parse(json));

function sessionOf(row: TaskRow): WorkerSession | null {
  if (row.leaseWorkerId === null) return null;
  return {
    workerId: row.leaseWorkerId,
    generation: row.leaseGeneration ?? 0,
    seq: row.leaseSeq ?? 0,
    listed: row.leaseListed ?? false,
  };
}

/** The columns that a transition may change. */
export const STATE_COLUMNS = [
  'status',
  'attempt',
  'tries',
  'blocked',
  'dueAt',
  'cancelRequestedAt',
  'expiresAt',
  'startedAt',
  'completedAt',
  'reported',
  'note',
  'leaseToken',
  'leaseWorker',
  'leaseWorkerId',
  'leaseGeneration',
  'leaseSeq',
  'leaseListed',
  'leaseDuration',
  'leaseDeadline',
] as const satisfies (keyof TaskRow)[];

export function stateColumns({ lease, ...state }: TaskState): Pick<TaskRow, (typeof STATE_COLUMNS)[number]> {
  return {
    ...state,
    leaseToken: lease?.tokenId ?? null,
    leaseWorker: lease?.workerName ?? null,
    leaseWorkerId: lease?.session?.workerId ?? null,
    leaseGeneration: lease?.session?.generation ?? null,
    leaseSeq: lease?.session?.seq ?? null,
    leaseListed: lease?.session?.listed ?? null,
    leaseDuration: lease?.duration ?? null,
    leaseDeadline: lease === null ? null : Math.ceil(lease.deadline),
  };
}

/** The columns of a new task beside those of its state. */
export function taskColumns(task: NewTask) {
  const { target, retry } = task;
  return {
    id: task.id,
    type: task.type,
    timeout: task.timeout,
    expiresIn: task.expiresIn,
    priority: task.priority,
    targetWorker: target.worker,
    targetTags: target.tags.length > 0 ? JSON.stringify(target.tags) : null,
    maxAttempts: retry.maxAttempts,
    retryOn: retry.on.join(','),
    retryDelay: retry.delay,
    scheduleId: task.scheduleId,
    fireAt: task.fireAt,
    sessionId: task.sessionId,
    retryOf: task.retryOf,
    webhook: task.webhook,
  };
}

/** It may be handed out now. */
export const isReady = (row: TaskRow): boolean => row.status === 'pending' && row.blocked === null;

export const targetOfRow = (row: TaskRow): Target => ({
  worker: row.targetWorker,
  tags: parsed(row.targetTags) ?? [],
});

export const retryPolicyOf = (row: TaskRow): RetryPolicy => ({
  maxAttempts: row.maxAttempts,
  on: RETRIED_ENDS.filter((end) => row.retryOn.split(',').includes(end)),
  delay: row.retryDelay,
});

export function inputColumns({ input, labels }: NewTask) {
  return {
    shown: JSON.stringify(input.shown),
    bulky: input.bulky && JSON.stringify(input.bulky),
    variables: input.variables && JSON.stringify(input.variables),
    labels: labels && JSON.stringify(labels),
  };
}

export function resultColumns(result: AttemptResult) {
  const { outputBytes, truncated, metadata, ...columns } = result;
  return {
    ...columns,
    metadata: metadata && JSON.stringify(metadata),
    stdoutBytes: outputBytes.stdout,
    stderrBytes: outputBytes.stderr,
    stdoutTruncated: truncated.stdout,
    stderrTruncated: truncated.stderr,
  };
}

export function inputOf(row: InputRow): TaskInput {
  return { shown: parsed(row.shown), bulky: parsed(row.bulky), variables: parsed(row.variables) };
}

function commonOf(row: TaskRow) {
  return {
    id: row.id,
    type: row.type as TaskType,
    timeout: row.timeout,
    expiresIn: row.expiresIn,
    priority: row.priority,
    createdAt: row.createdAt,
    // Where it goes in the end: a conversation lives with a worker that its task need not name.
    target: targetOf(row.lane),
    retry: retryPolicyOf(row),
    sessionId: row.sessionId,
    scheduleId: row.scheduleId,
    fireAt: row.fireAt,
    retryOf: row.retryOf,
    webhook: row.webhook,
    state: stateOf(row),
  };
}

function resultOf(row: ListedResultRow) {
  return {
    outcome: row.outcome as AttemptResult['outcome'],
    exitCode: row.exitCode,
    signal: row.signal,
    duration: row.duration,
    error: row.error,
    metadata: parsed(row.metadata),
    stdoutEncoding: row.stdoutEncoding,
    stderrEncoding: row.stderrEncoding,
    outputBytes: { stdout: row.stdoutBytes, stderr: row.stderrBytes },
    truncated: { stdout: row.stdoutTruncated, stderr: row.stderrTruncated },
  };
}

export function attemptResult(row: ResultRow): AttemptResult {
  return { ...resultOf(row), stdout: row.stdout, stderr: row.stderr };
}

export function storedTask(row: TaskRow, input: InputRow, result: ResultRow | null): StoredTask {
  return {
    ...commonOf(row),
    input: inputOf(input),
    labels: parsed(input.labels),
    result: result && attemptResult(result),
  };
}

export function listedTask(row: TaskRow, input: ListedInputRow, result: ListedResultRow | null): ListedTask {
  return {
    ...commonOf(row),
    input: { shown: parsed(input.shown), bulky: null, variables: null },
    labels: parsed(input.labels),
    result: result && resultOf(result),
  };
}

export function handOut(row: TaskRow, input: InputRow): HandOut {
  const { id, attempt, timeout, createdAt, dueAt } = row;
  const waitingSince = Math.max(createdAt, dueAt ?? 0);
  return { id, type: row.type as TaskType, attempt, timeout, waitingSince, input: inputOf(input) };
}
