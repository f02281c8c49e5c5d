import type { DiscordMessage } from './discord-message.js';
import type { Lease } from './lease.js';
import type { RetryPolicy } from './retry.js';

export const TASK_TYPES = ['command', 'file-read', 'file-write', 'file-edit', 'file-list', 'claude-cli'] as const;
export type TaskType = (typeof TASK_TYPES)[number];

export type TaskStatus = keyof typeof STATUSES;

/** Every status, and who moves a task into it. */
export const STATUSES = {
  /** Waits for a worker. A client's submit puts it here; so does a hand-out that never arrived, and an end that is retried. */
  pending: { final: false },
  /** Handed to a worker. Its claim puts it here; so does the return of a worker that was given up as lost. */
  running: { final: false },
  /** Did what was asked (exit code 0). The worker's report puts it here. */
  completed: { final: true },
  /** Ended otherwise than asked. The worker's report puts it here. */
  failed: { final: true },
  /** Ended by its worker because its time was up. The worker's report puts it here. */
  timed_out: { final: true },
  /** Ended because somebody wanted so. The cancel of a waiting task puts it here, or the worker's report. */
  cancelled: { final: true },
  /** Its worker vanished, so nobody knows how it ended. The lease puts it here; that worker's return may still correct it. */
  lost: { final: true },
  /** No worker took it in time. The expiry sweep puts it here. */
  expired: { final: true },
} as const satisfies Record<string, { final: boolean }>;

export const isFinal = (status: TaskStatus): boolean => STATUSES[status].final;

/** The part of a task that changes: what `transition` reads and answers. Times are wall-clock milliseconds. */
export interface TaskState {
  status: TaskStatus;
  /** Number of the newest hand-out; it only grows, so that a report can be told from an older attempt's. */
  attempt: number;
  /** How many hand-outs count against the attempts that the task may have: not those that never arrived. */
  tries: number;
  /** Why it is not to be handed out while it is pending; null when it may be. */
  blocked: Blocked | null;
  /** Not to be handed out before; null for at once. */
  dueAt: number | null;
  expiresAt: number;
  startedAt: number | null;
  completedAt: number | null;
  /** Whose the newest hand-out is; kept after the end, since a report may be repeated. */
  lease: Lease | null;
  /** Whether a worker reported the end of the newest attempt, rather than the server finding it. */
  reported: boolean;
  /** When somebody asked for its end while it ran. */
  cancelRequestedAt: number | null;
  /** What the server has to say about the end, for a person. */
  note: string | null;
}

/**
 * What keeps a pending task from workers: `due`, its time has not come; `session`, another task of its conversation is at
 * work or before it; `held`, an operator has yet to release it after a restore.
 */
type Blocked = 'due' | 'session' | 'held';

/**
 * Numbers of attempts that one epoch has for a task. A restore begins a new epoch: its attempts are numbered above those
 * that the backup does not know of.
 */
export const ATTEMPTS_PER_EPOCH = 1_000_000;

/** Which workers may take a task; neither asks for anything: any. */
export interface Target {
  worker: string | null;
  /** All of them, sorted. */
  tags: readonly string[];
}

/** What a client asks for, ready to be stored. Durations are milliseconds. */
export interface NewTask {
  id: string;
  type: TaskType;
  timeout: number;
  expiresIn: number;
  priority: number;
  /** Not before this time; null for at once. `expiresIn` counts from then. */
  dueAt: number | null;
  target: Target;
  retry: RetryPolicy;
  /** The conversation that a claude task belongs to. */
  sessionId: string | null;
  /** The upload whose bytes a file-write puts in place. */
  uploadId: string | null;
  /** The schedule that it comes from, and the fire time, unless somebody ran it by hand. */
  scheduleId: string | null;
  fireAt: number | null;
  /** The task that it does once more. */
  retryOf: string | null;
  /** URL that is told of its end. */
  webhook: string | null;
  /** Where Discord is told of it; null: nowhere. */
  discord: DiscordMessage | null;
  input: TaskInput;
  labels: Record<string, unknown> | null;
  /** What the audit keeps of the request: no content, no standard input, no value of a variable. */
  auditDetail: Record<string, unknown>;
}

/**
 * The submitted fields of a task's type. `shown` holds what lists may show; `bulky` what only a single read shows, since
 * it may be large; `variables` the environment, whose values no read shows.
 */
export interface TaskInput {
  shown: Record<string, unknown>;
  bulky: Record<string, unknown> | null;
  variables: Record<string, string> | null;
}

/** What a worker tells of the end of an attempt. */
export interface AttemptResult {
  outcome: ReportedOutcome;
  stdout: string;
  stderr: string;
  stdoutEncoding: string;
  stderrEncoding: string;
  exitCode: number | null;
  signal: string | null;
  error: string | null;
  metadata: Record<string, unknown> | null;
  duration: number | null;
  truncated: { stdout: boolean; stderr: boolean };
  outputBytes: { stdout: number; stderr: number };
}

export type ReportedOutcome = 'completed' | 'failed' | 'timed_out' | 'cancelled';
