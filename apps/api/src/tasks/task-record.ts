import type { TaskRecord, TaskSummary, TextEncoding } from '#contracts';
import { isFinal, type TaskState } from '../domain/task.js';
import type { ListedTask, StoredTask } from '../storage/task-store.js';

const NOTHING = { stdout: 0, stderr: 0 };
const WHOLE = { stdout: false, stderr: false };

/** A task as lists show it: the submitted fields beside what is known of it. */
export function toSummary(task: ListedTask, unmet: string | null = null): TaskSummary {
  const { state } = task;
  const result = resultOf(task);
  return {
    // First, so that no submitted field can pose as one of the record's own.
    ...task.input.bulky,
    ...task.input.shown,
    taskId: task.id,
    id: task.id,
    type: task.type,
    status: state.status,
    attempt: state.attempt,
    priority: task.priority,
    createdAt: task.createdAt,
    startedAt: state.status === 'pending' ? null : state.startedAt,
    completedAt: state.completedAt,
    duration: result?.duration ?? elapsed(state),
    worker: state.lease?.workerName ?? task.target.worker,
    timeout: task.timeout,
    expiresIn: task.expiresIn,
    exitCode: result?.exitCode ?? null,
    signal: result?.signal ?? null,
    error: state.note ?? result?.error ?? null,
    outputBytes: result?.outputBytes ?? NOTHING,
    truncated: result?.truncated ?? WHOLE,
    metadata: result?.metadata ?? {},
    labels: task.labels ?? {},
    cancelRequestedAt: state.cancelRequestedAt,
    tags: [...task.target.tags],
    runAt: state.dueAt,
    maxAttempts: task.retry.maxAttempts,
    retryOn: [...task.retry.on],
    retryDelay: task.retry.delay,
    schedule: task.scheduleId,
    scheduledFor: task.fireAt,
    retryOf: task.retryOf,
    webhook: task.webhook,
    waitingFor: waitingFor(task, unmet),
  };
}

/** A task as a single read shows it, with its output. */
export function toRecord(task: StoredTask, unmet: string | null = null): TaskRecord {
  const { state } = task;
  const result = resultOf(task);
  return {
    ...toSummary(task, unmet),
    stdout: result?.stdout ?? '',
    stderr: result?.stderr ?? '',
    stdoutEncoding: (result?.stdoutEncoding ?? 'utf8') as TextEncoding,
    stderrEncoding: (result?.stderrEncoding ?? 'utf8') as TextEncoding,
    ...(isFinal(state.status) ? {} : { message: `Result not ready yet${unmet === null ? '' : `: ${unmet}`}` }),
  };
}

/** What is kept of an earlier attempt says nothing of a task that goes on. */
function resultOf<Result>({ state, result }: { state: TaskState; result: Result | null }): Result | null {
  return isFinal(state.status) ? result : null;
}

function waitingFor({ state }: ListedTask, unmet: string | null): string | null {
  if (state.status !== 'pending') return null;
  switch (state.blocked) {
    case 'due':
      return `its time: ${new Date(state.dueAt ?? 0).toISOString()}`;
    case 'session':
      return 'the tasks of its conversation that came before';
    case 'held':
      return 'an operator to release it: the database was restored from a backup';
    default:
      return unmet;
  }
}

function elapsed({ startedAt, completedAt }: { startedAt: number | null; completedAt: number | null }): number | null {
  return startedAt === null || completedAt === null ? null : Math.max(0, completedAt - startedAt);
}
