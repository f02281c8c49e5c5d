import type { TaskRecord, TaskSummary, TextEncoding } from '#contracts';
import { isFinal } from '../domain/task.js';
import type { ListedTask, StoredTask } from '../storage/task-store.js';

const NOTHING = { stdout: 0, stderr: 0 };
const WHOLE = { stdout: false, stderr: false };

/** A task as lists show it: the submitted fields beside what is known of it. */
export function toSummary(task: ListedTask): TaskSummary {
  const { state, result } = task;
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
    startedAt: state.startedAt,
    completedAt: state.completedAt,
    duration: result?.duration ?? elapsed(state),
    worker: state.lease?.workerName ?? null,
    timeout: task.timeout,
    expiresIn: task.expiresIn,
    exitCode: result?.exitCode ?? null,
    signal: result?.signal ?? null,
    error: state.note ?? result?.error ?? null,
    outputBytes: result?.outputBytes ?? NOTHING,
    truncated: result?.truncated ?? WHOLE,
    metadata: result?.metadata ?? {},
    labels: task.labels ?? {},
    cancelRequestedAt: null,
  };
}

/** A task as a single read shows it, with its output. */
export function toRecord(task: StoredTask): TaskRecord {
  const { state, result } = task;
  return {
    ...toSummary(task),
    stdout: result?.stdout ?? '',
    stderr: result?.stderr ?? '',
    stdoutEncoding: (result?.stdoutEncoding ?? 'utf8') as TextEncoding,
    stderrEncoding: (result?.stderrEncoding ?? 'utf8') as TextEncoding,
    ...(isFinal(state.status) ? {} : { message: 'Result not ready yet' }),
  };
}

function elapsed({ startedAt, completedAt }: { startedAt: number | null; completedAt: number | null }): number | null {
  return startedAt === null || completedAt === null ? null : Math.max(0, completedAt - startedAt);
}
