import { sql } from 'drizzle-orm';
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

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
  },
  (table) => [
    index('tasks_ready').on(table.type, sql`priority DESC`, table.seq).where(sql`status = 'pending'`),
    index('tasks_expiring').on(table.expiresAt).where(sql`status = 'pending'`),
    index('tasks_leased').on(table.leaseDeadline).where(sql`status = 'running'`),
    index('tasks_held').on(table.leaseWorkerId).where(sql`status = 'running'`),
    index('tasks_ended').on(table.completedAt).where(sql`completed_at IS NOT NULL`),
  ],
);

const taskSeq = () =>
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

/** How many tasks are in each status; triggers keep it, so that no count ever scans. */
export const taskCounts = sqliteTable('task_counts', {
  status: text().primaryKey(),
  count: integer().notNull(),
});

/** The workers that poll with a body. */
export const workers = sqliteTable('workers', {
  name: text().primaryKey(),
  workerId: text('worker_id').notNull(),
  generation: integer().notNull(),
  seq: integer().notNull(),
  hostname: text(),
  platform: text(),
  version: text(),
  tags: text().notNull(),
  kinds: text().notNull(),
  maxConcurrent: integer('max_concurrent'),
  online: integer({ mode: 'boolean' }).notNull(),
  lastSeenAt: integer('last_seen_at').notNull(),
});

/** The audit chain: triggers refuse to change or remove an entry. */
export const auditEntries = sqliteTable('audit_entries', {
  seq: integer().primaryKey(),
  at: integer().notNull(),
  actorId: text('actor_id').notNull(),
  actorName: text('actor_name').notNull(),
  actorRole: text('actor_role').notNull(),
  ip: text(),
  userAgent: text('user_agent'),
  requestId: text('request_id'),
  action: text().notNull(),
  target: text(),
  taskId: text('task_id'),
  outcome: text().notNull(),
  detail: text().notNull(),
  prevHash: text('prev_hash').notNull(),
  hash: text().notNull(),
});
