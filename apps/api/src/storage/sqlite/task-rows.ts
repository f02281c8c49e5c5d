import type { WorkerSession } from '../../domain/lease.js';
import type { AttemptResult, NewTask, TaskInput, TaskState, TaskStatus, TaskType } from '../../domain/task.js';
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

const parsed = (json: string | null) => (json === null ? null : JSON.parse(json));

function inputOf(row: InputRow): TaskInput {
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

export function storedTask(row: TaskRow, input: InputRow, result: ResultRow | null): StoredTask {
  return {
    ...commonOf(row),
    input: inputOf(input),
    labels: parsed(input.labels),
    result: result && { ...resultOf(result), stdout: result.stdout, stderr: result.stderr },
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
  return { id: row.id, type: row.type as TaskType, attempt: row.attempt, timeout: row.timeout, input: inputOf(input) };
}
