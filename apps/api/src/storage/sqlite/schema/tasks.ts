import { sql } from 'drizzle-orm';
import { blob, index, integer, primaryKey, sqliteTable, text, unique } from 'drizzle-orm/sqlite-core';

/**
 * One narrow row a task, which claims and sweeps touch; what it was given and what it printed stand in tables of their
 * own. Times ending in `_at` are wall-clock milliseconds.
 */
export const tasks = sqliteTable(
  'tasks',
  {
    /** Order of submission; also the key that lists page by. */
    seq: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull().unique(),
    type: text().notNull(),
    status: text().notNull(),
    priority: integer().notNull().default(0),
    attempt: integer().notNull().default(0),
    timeout: integer().notNull(),
    expiresIn: integer('expires_in').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    startedAt: integer('started_at'),
    completedAt: integer('completed_at'),
    reported: integer({ mode: 'boolean' }).notNull().default(false),
    note: text(),
    leaseToken: text('lease_token'),
    leaseWorker: text('lease_worker'),
    leaseWorkerId: text('lease_worker_id'),
    leaseGeneration: integer('lease_generation'),
    leaseSeq: integer('lease_seq'),
    leaseListed: integer('lease_listed', { mode: 'boolean' }),
    leaseDuration: integer('lease_duration'),
    /** Monotonic milliseconds of the run of the server that wrote it; every start sets it anew. */
    leaseDeadline: integer('lease_deadline'),
    /** Which workers may take it, as one word to look up by; empty: any. */
    lane: text().notNull().default(''),
    /** Why a pending task is not to be handed out yet: `due`, `session` or `held`; null when it is ready. */
    blocked: text(),
    dueAt: integer('due_at'),
    targetWorker: text('target_worker'),
    /** Who has it or had it last, else who is to have it: what lists filter by. */
    worker: text().generatedAlwaysAs(sql`coalesce(lease_worker, target_worker)`, { mode: 'virtual' }),
    targetTags: text('target_tags'),
    maxAttempts: integer('max_attempts').notNull().default(1),
    retryOn: text('retry_on').notNull().default('failed,timed_out'),
    retryDelay: integer('retry_delay').notNull().default(1000),
    /** Hand-outs that count against `max_attempts`: not those that never arrived. */
    tries: integer().notNull().default(0),
    cancelRequestedAt: integer('cancel_requested_at'),
    scheduleId: text('schedule_id'),
    fireAt: integer('fire_at'),
    sessionId: text('session_id'),
    retryOf: text('retry_of'),
    /** URL that is told of its end. */
    webhook: text(),
  },
  (table) => [
    index('tasks_ready')
      .on(table.type, table.lane, sql`priority DESC`, table.seq)
      .where(sql`status = 'pending' AND blocked IS NULL`),
    index('tasks_due').on(table.dueAt).where(sql`status = 'pending' AND blocked = 'due'`),
    index('tasks_expiring').on(table.expiresAt).where(sql`status = 'pending' AND blocked IS NOT 'held'`),
    index('tasks_held_back').on(table.seq).where(sql`status = 'pending' AND blocked = 'held'`),
    index('tasks_of_session')
      .on(table.sessionId, sql`priority DESC`, table.seq)
      .where(sql`session_id IS NOT NULL AND status IN ('pending', 'running')`),
    index('tasks_open_of_schedule')
      .on(table.scheduleId)
      .where(sql`schedule_id IS NOT NULL AND status IN ('pending', 'running')`),
    index('tasks_by_status').on(table.status, table.seq),
    index('tasks_by_status_and_type').on(table.status, table.type, table.seq),
    index('tasks_by_status_and_worker').on(table.status, table.worker, table.seq).where(sql`worker IS NOT NULL`),
    index('tasks_by_type').on(table.type, table.seq),
    index('tasks_by_type_and_worker').on(table.type, table.worker, table.seq).where(sql`worker IS NOT NULL`),
    index('tasks_by_worker').on(table.worker, table.seq).where(sql`worker IS NOT NULL`),
    index('tasks_by_schedule').on(table.scheduleId, table.seq).where(sql`schedule_id IS NOT NULL`),
    index('tasks_by_creation').on(table.createdAt, table.seq),
    index('tasks_leased').on(table.leaseDeadline).where(sql`status = 'running'`),
    index('tasks_held').on(table.leaseWorkerId).where(sql`status = 'running'`),
    index('tasks_ended').on(table.completedAt).where(sql`completed_at IS NOT NULL`),
  ],
);

/** The key of a row that goes with its task. */
export const taskSeq = () =>
  integer('task_seq')
    .primaryKey()
    .references(() => tasks.seq, { onDelete: 'cascade' });

/** What was submitted, as JSON. */
export const taskInputs = sqliteTable('task_inputs', {
  taskSeq: taskSeq(),
  shown: text().notNull(),
  labels: text(),
  variables: text(),
  bulky: text(),
});

/** What a worker reported. The output stands last, so that lists do not have to read past it. */
export const taskResults = sqliteTable('task_results', {
  taskSeq: taskSeq(),
  outcome: text().notNull(),
  exitCode: integer('exit_code'),
  signal: text(),
  duration: integer(),
  stdoutBytes: integer('stdout_bytes').notNull(),
  stderrBytes: integer('stderr_bytes').notNull(),
  stdoutTruncated: integer('stdout_truncated', { mode: 'boolean' }).notNull(),
  stderrTruncated: integer('stderr_truncated', { mode: 'boolean' }).notNull(),
  stdoutEncoding: text('stdout_encoding').notNull(),
  stderrEncoding: text('stderr_encoding').notNull(),
  error: text(),
  metadata: text(),
  stdout: text().notNull(),
  stderr: text().notNull(),
});

/** How far the output of a task's newest attempt that printed has come; the chunks themselves stand in `output_chunks`. */
export const taskOutputs = sqliteTable('task_outputs', {
  taskSeq: taskSeq(),
  attempt: integer().notNull(),
  /** The worker's number of the chunk that comes next in this attempt. */
  nextChunk: integer('next_chunk').notNull(),
  /** Our number of the newest chunk, over all attempts. */
  lastSeq: integer('last_seq').notNull(),
  /** What this attempt has streamed, whether its chunks are kept or not. */
  stdoutBytes: integer('stdout_bytes').notNull(),
  stderrBytes: integer('stderr_bytes').notNull(),
  /** What is kept of all attempts. */
  keptBytes: integer('kept_bytes').notNull(),
  /** Our number of the last chunk that never makes room for newer ones. */
  headSeq: integer('head_seq').notNull(),
});

/** What processes have printed, as they printed it. */
export const outputChunks = sqliteTable(
  'output_chunks',
  {
    id: integer().primaryKey(),
    taskSeq: integer('task_seq')
      .notNull()
      .references(() => tasks.seq, { onDelete: 'cascade' }),
    seq: integer().notNull(),
    attempt: integer().notNull(),
    stream: text().notNull(),
    at: integer().notNull(),
    data: blob({ mode: 'buffer' }).notNull(),
  },
  (table) => [unique('output_chunks_in_order').on(table.taskSeq, table.seq)],
);

/** How many tasks are in each status, so that no count ever scans; `TaskCounts` keeps it. */
export const taskCounts = sqliteTable('task_counts', {
  status: text().primaryKey(),
  count: integer().notNull(),
});

/** What calls with an `Idempotency-Key` were answered. */
export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    tokenId: text('token_id').notNull(),
    key: text().notNull(),
    /** SHA-256 over the call's path and canonical body. */
    requestHash: text('request_hash').notNull(),
    /** What the call was answered of each task that it made, as JSON. */
    answer: text().notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tokenId, table.key] }),
    index('idempotency_keys_by_age').on(table.createdAt),
  ],
);

/** Conversations with Claude: which worker holds one, and the folder that it belongs to. */
export const claudeSessions = sqliteTable(
  'claude_sessions',
  {
    sessionId: text('session_id').primaryKey(),
    worker: text(),
    cwd: text(),
    lastActivity: integer('last_activity').notNull(),
    taskCount: integer('task_count').notNull(),
  },
  (table) => [index('claude_sessions_by_activity').on(table.lastActivity)],
);
