import type { InputByType, PerStream, ReportedStatus, TaskType, TextEncoding } from './task.js';

/** A task as it is handed to a worker: what to do, for how long, and as which attempt. */
export type HandedTask = { [T in TaskType]: HandedTaskOf<T> }[TaskType];
export type HandedTaskOf<T extends TaskType> = InputByType[T] & {
  id: string;
  type: T;
  attempt: number;
  /** Execution limit in milliseconds. */
  timeout: number;
};

export interface AttemptRef {
  taskId: string;
  attempt: number;
}

export interface WorkerDescription {
  name: string;
  /** A UUID kept on the worker's disk. */
  id: string;
  /** Kept beside the id; grows with every start. */
  generation: number;
  hostname?: string;
  platform?: string;
  version?: string;
  tags?: string[];
  kinds?: TaskType[];
  maxConcurrent?: number;
}

export interface PollRequest {
  worker: WorkerDescription;
  /** Grows with every poll of a generation. */
  seq: number;
  /** How long the server may hold the poll, in milliseconds. */
  wait?: number;
  /** How many tasks the worker can take now; 0 only renews. */
  max?: number;
  draining?: boolean;
  /** All that the worker holds, finished but unacknowledged attempts included. */
  running?: (AttemptRef & { cancelling?: boolean })[];
}

export interface PollAnswer {
  seq: number;
  tasks: HandedTask[];
  cancel: AttemptRef[];
  stale: AttemptRef[];
  drain: boolean;
}

export interface ResultReport {
  taskId: string;
  attempt?: number;
  status?: ReportedStatus;
  stdout?: string;
  stderr?: string;
  stdoutEncoding?: TextEncoding;
  stderrEncoding?: TextEncoding;
  exitCode?: number | null;
  signal?: string | null;
  error?: string | null;
  metadata?: Record<string, unknown> | null;
  /** Milliseconds that the execution took. */
  duration?: number;
  truncated?: PerStream<boolean>;
  /** The true totals, before anything was left out. */
  outputBytes?: PerStream<number>;
}

export interface ReportAnswer {
  success: boolean;
  /** Only in the answer to `{results: [...]}`: one for each report, in order. */
  results?: { taskId: string | null; attempt: number | null; status: number; code?: string }[];
}
