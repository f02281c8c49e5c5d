/** What a worker can be asked to do. */
export const TASK_TYPES = ['command', 'file-read', 'file-write', 'file-edit', 'file-list', 'claude-cli'] as const;
export type TaskType = (typeof TASK_TYPES)[number];

export const TASK_STATUSES = [
  'pending',
  'running',
  'completed',
  'failed',
  'timed_out',
  'cancelled',
  'lost',
  'expired',
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** The ends that a worker may report for an attempt. */
export const REPORTED_STATUSES = ['completed', 'failed', 'timed_out', 'cancelled'] as const;
export type ReportedStatus = (typeof REPORTED_STATUSES)[number];

/** The ends of an attempt that may be followed by another. */
export const RETRIED_ENDS = ['failed', 'timed_out', 'lost'] as const;
export type RetriedEnd = (typeof RETRIED_ENDS)[number];

export const TEXT_ENCODINGS = ['utf8', 'base64'] as const;
export type TextEncoding = (typeof TEXT_ENCODINGS)[number];

/** The fields that say what to do, by task type. Times and durations are integer milliseconds, sizes are bytes. */
export interface CommandInput {
  command: string;
  cwd?: string;
  env?: Record<string, string>;
  stdin?: string;
  stdinEncoding?: TextEncoding;
  idleTimeout?: number;
  /** Files to keep when it has ended: paths, in which `*`, `?` and `[…]` stand for names. */
  artifacts?: string[];
}
export interface FileReadInput {
  path: string;
  encoding?: TextEncoding;
}
export interface FileWriteInput {
  path: string;
  /** Either this or `upload`. */
  content?: string;
  encoding?: TextEncoding;
  /** Id of what was sent ahead by `POST /tasks/uploads`. */
  upload?: string;
  /** Octal permission bits for a new file, such as `"644"`. */
  mode?: string;
  /** SHA-256 of the content that the file must still have: 64 lower-case hex digits. */
  ifMatch?: string;
}
export interface FileEditInput {
  path: string;
  oldString: string;
  newString: string;
  replaceAll?: boolean;
  ifMatch?: string;
}
export interface FileListInput {
  path: string;
}
export interface ClaudeInput {
  prompt: string;
  /** The conversation to continue. The server names a new one when the client did not. */
  sessionId: string;
  model?: string;
  cwd?: string;
  env?: Record<string, string>;
  idleTimeout?: number;
  /** As of a command. */
  artifacts?: string[];
  /** Id of the Discord channel that is told of the end. */
  callbackChannel?: string;
}

export interface InputByType {
  command: CommandInput;
  'file-read': FileReadInput;
  'file-write': FileWriteInput;
  'file-edit': FileEditInput;
  'file-list': FileListInput;
  'claude-cli': ClaudeInput;
}

/** One entry of a file-list task's `stdout`, which is a JSON array of these. */
export interface ListedEntry {
  name: string;
  kind: 'file' | 'directory' | 'symlink' | 'other';
  size: number;
  /** Last modification, milliseconds since the epoch. */
  modified: number;
  /** Permission bits as an octal string, such as `"644"`. */
  mode: string;
}

export interface PerStream<T> {
  stdout: T;
  stderr: T;
}

/** What every read of a task answers, besides the fields of its input. */
export interface TaskSummary {
  taskId: string;
  /** The same as `taskId`. */
  id: string;
  type: TaskType;
  status: TaskStatus;
  /** 0 until a worker is handed the task; then the number of the newest hand-out. */
  attempt: number;
  priority: number;
  createdAt: number;
  startedAt: number | null;
  completedAt: number | null;
  duration: number | null;
  worker: string | null;
  timeout: number;
  expiresIn: number;
  exitCode: number | null;
  signal: string | null;
  error: string | null;
  outputBytes: PerStream<number>;
  truncated: PerStream<boolean>;
  /** What the worker reported: a file's `size` and `sha256`, a claude `sessionId`, a `screenshotPath`. */
  metadata: Record<string, unknown>;
  /** The `metadata` that the client submitted. */
  labels: Record<string, unknown>;
  cancelRequestedAt: number | null;
  /** Only workers that carry all of these take it. */
  tags: string[];
  /** Not handed out before; null when it never had to wait for its time. */
  runAt: number | null;
  maxAttempts: number;
  retryOn: RetriedEnd[];
  retryDelay: number;
  /** Id of the schedule that it came from, and the fire time. */
  schedule: string | null;
  scheduledFor: number | null;
  /** Id of the task that it does once more. */
  retryOf: string | null;
  /** What is called when it has ended. */
  webhook: string | null;
  /** What a pending task waits for, when it is more than the next free worker. */
  waitingFor: string | null;
}

export interface TaskRecord extends TaskSummary {
  stdout: string;
  stderr: string;
  stdoutEncoding: TextEncoding;
  stderrEncoding: TextEncoding;
  /** Only while the task is unfinished. */
  message?: string;
}

/** The ends of tasks within one step of time: how many have ended how. */
export interface EndedInStep {
  /** When the step begins, in milliseconds since the Unix epoch. */
  at: number;
  ended: Partial<Record<TaskStatus, number>>;
}

export interface TaskStats {
  /** How many tasks are kept now, by status. */
  counts: Record<TaskStatus, number>;
  /** Oldest first; the tasks that have been deleted or swept since are not in them. */
  steps: EndedInStep[];
}
