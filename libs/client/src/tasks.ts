import type {
  Artifact,
  InputByType,
  OutputChunk,
  OutputPage,
  RetriedEnd,
  TaskRecord,
  TaskStats,
  TaskStatus,
  TaskSummary,
  TaskType,
  Upload,
} from '#contracts';
import { RefusedError } from './errors.js';
import type { Content, Transport } from './transport.js';

/** The fields of a submission that are the same for every type. */
export interface SubmissionTerms {
  timeout?: number;
  expiresIn?: number;
  delay?: number;
  runAt?: number;
  priority?: number;
  worker?: string;
  tags?: string[];
  maxAttempts?: number;
  retryOn?: RetriedEnd[];
  retryDelay?: number;
  metadata?: Record<string, unknown>;
  /** URL that is told of its end. */
  webhook?: string;
}

type Optional<T, K extends PropertyKey> = Omit<T, K & keyof T> & Partial<Pick<T, K & keyof T>>;

/** A body of `POST /tasks`; without a type it is a command. */
export type Submission = {
  [T in TaskType]: (T extends 'command' ? { type?: T } : { type: T }) & Optional<InputByType[T], 'sessionId'>;
}[TaskType] &
  SubmissionTerms;

export interface Submitted {
  taskId: string;
  status: TaskStatus;
  createdAt: number;
  message: string;
  sessionId?: string;
}

export interface TaskFilter {
  status?: TaskStatus;
  type?: TaskType;
  worker?: string;
  schedule?: string;
  q?: string;
  from?: number;
  to?: number;
  /** Only those that a restore has held back. */
  held?: boolean;
}

/** A page of a list; `nextCursor` is null on the last. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export interface PageOptions {
  limit?: number;
  cursor?: string;
  signal?: AbortSignal;
}

export interface CallOptions {
  signal?: AbortSignal;
  /** Makes a submission that is sent again the same one; made up when it is not given. */
  idempotencyKey?: string;
}

/** How long one call is held, in milliseconds: less than what usual proxies bear. */
const HOLD_MS = 25_000;
const HOLD_PATIENCE_MS = HOLD_MS + 15_000;

export const hasEnded = ({ completedAt }: Pick<TaskSummary, 'completedAt'>): boolean => completedAt !== null;

export class Tasks {
  constructor(private readonly transport: Transport) {}

  /** Submits once, however often it has to be sent. */
  submit(submission: Submission, { signal, idempotencyKey = newKey() }: CallOptions = {}): Promise<Submitted> {
    const headers = { 'Idempotency-Key': idempotencyKey };
    return this.transport.json({ method: 'POST', path: '/tasks', body: submission, headers, signal, repeatable: true });
  }

  /** Submits and waits for the end. */
  async run(submission: Submission, options: CallOptions = {}): Promise<TaskRecord> {
    const { taskId } = await this.submit(submission, options);
    return this.wait(taskId, options);
  }

  read(taskId: string, { signal }: CallOptions = {}): Promise<TaskRecord> {
    return this.transport.json({ path: pathOf(taskId), signal });
  }

  /** The record once the task has ended: for as long as that takes. */
  async wait(taskId: string, { signal }: CallOptions = {}): Promise<TaskRecord> {
    for (;;) {
      const query = { wait: HOLD_MS };
      const held = { path: pathOf(taskId), query, signal, patience: HOLD_PATIENCE_MS };
      const record = await this.transport.json<TaskRecord>(held);
      if (hasEnded(record)) return record;
    }
  }

  list(filter: TaskFilter = {}, { limit, cursor, signal }: PageOptions = {}): Promise<Page<TaskSummary>> {
    return this.transport.json({ path: '/tasks', query: { ...filter, limit, cursor }, signal });
  }

  cancel(taskId: string, { signal }: CallOptions = {}): Promise<TaskRecord> {
    return this.transport.json({
      method: 'POST',
      path: `${pathOf(taskId)}/cancel`,
      body: {},
      signal,
      repeatable: true,
    });
  }

  retry(taskId: string, { signal, idempotencyKey = newKey() }: CallOptions = {}): Promise<Submitted> {
    const headers = { 'Idempotency-Key': idempotencyKey };
    const path = `${pathOf(taskId)}/retry`;
    return this.transport.json({ method: 'POST', path, body: {}, headers, signal, repeatable: true });
  }

  /** Removes an ended task with its output. */
  async remove(taskId: string, { signal }: CallOptions = {}): Promise<void> {
    await this.transport.json({ method: 'DELETE', path: pathOf(taskId), signal });
  }

  /**
   * What the task prints, from after chunk `after` until it has ended: each chunk once and in order, over however many
   * connections that takes. Without `follow`, only what is there by now.
   */
  async *output(
    taskId: string,
    { after = 0, follow = true, signal }: { after?: number; follow?: boolean; signal?: AbortSignal } = {},
  ): AsyncGenerator<OutputChunk> {
    // A task may print faster than its pages are read.
    const through = follow ? Number.POSITIVE_INFINITY : (await this.outputPage(taskId, { tail: 1, signal })).next;
    for (let next = after; next < through; ) {
      const page = await this.outputPage(taskId, { after: next, wait: follow ? HOLD_MS : 0, signal });
      yield* page.chunks;
      if (page.done) return;
      next = page.next;
    }
  }

  /**
   * What the task has printed after chunk `after`, as much of it as one page takes; held for at most `wait` ms while there
   * is nothing. With `tail` it begins no further from the end than about that many bytes.
   */
  outputPage(
    taskId: string,
    { after = 0, tail, wait, signal }: { after?: number; tail?: number; wait?: number; signal?: AbortSignal } = {},
  ): Promise<OutputPage> {
    const path = `${pathOf(taskId)}/output`;
    const query = { after, tail, wait };
    return this.transport.json({ path, query, signal, patience: HOLD_PATIENCE_MS });
  }

  /** How many tasks there are by status, and how those ended that ended since `from`, in steps of `step` ms. */
  stats(
    { from, to, step }: { from: number; to?: number; step?: number },
    { signal }: CallOptions = {},
  ): Promise<TaskStats> {
    return this.transport.json({ path: '/tasks/stats', query: { from, to, step }, signal });
  }

  async artifacts(taskId: string, { signal }: CallOptions = {}): Promise<Artifact[]> {
    const { items } = await this.transport.json<{ items: Artifact[] }>({ path: `${pathOf(taskId)}/artifacts`, signal });
    return items;
  }

  /** A file of the task, from byte `from` on. */
  download(
    taskId: string,
    name: string,
    { from = 0, signal }: { from?: number; signal?: AbortSignal } = {},
  ): Promise<Response> {
    const path = `${pathOf(taskId)}/artifacts/${encodeURIComponent(name)}`;
    const headers = { Accept: '*/*', ...(from > 0 ? { Range: `bytes=${from}-` } : {}) };
    return this.transport.send({ path, headers, signal });
  }

  /** Sends a large file ahead, for the field `upload` of a `file-write`. */
  upload(content: Content, { signal }: CallOptions = {}): Promise<Upload> {
    const headers = { 'Content-Type': 'application/octet-stream' };
    // A large file takes its time, and the answer comes when all of it is there.
    const patience = 86_400_000;
    return this.transport.json({ method: 'POST', path: '/tasks/uploads', raw: content, headers, signal, patience });
  }
}

/** Whether an error says that there is no such task. */
export const isUnknownTask = (error: unknown): boolean =>
  error instanceof RefusedError && error.code === 'task_not_found';

const pathOf = (taskId: string) => `/tasks/${encodeURIComponent(taskId)}`;

/** Not `randomUUID`, which browsers only have on secure pages. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
