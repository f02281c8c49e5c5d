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

/** Files that tasks have left; their bytes stand in the blob folder under the id. */
export const artifacts = sqliteTable(
  'artifacts',
  {
    id: text().primaryKey(),
    taskSeq: integer('task_seq')
      .notNull()
      .references(() => tasks.seq, { onDelete: 'cascade' }),
    attempt: integer().notNull(),
    name: text().notNull(),
    path: text().notNull(),
    size: integer().notNull(),
    sha256: text().notNull(),
    contentType: text('content_type').notNull(),
    announcedAt: integer('announced_at').notNull(),
    /** When its last byte had come and the whole was verified; null until then. */
    storedAt: integer('stored_at'),
  },
  (table) => [unique('artifacts_of_task').on(table.taskSeq, table.name, table.attempt)],
);

/** Files that clients have sent ahead of a `file-write`; their bytes stand in the blob folder under the id. */
export const uploads = sqliteTable(
  'uploads',
  {
    id: text().primaryKey(),
    size: integer().notNull(),
    sha256: text().notNull(),
    /** Removed then, unless a task names it. */
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('uploads_expiring').on(table.expiresAt)],
);

/** Which tasks name an upload: it is kept for as long as one of them. */
export const uploadUses = sqliteTable(
  'upload_uses',
  {
    taskSeq: taskSeq(),
    uploadId: text('upload_id').notNull(),
  },
  (table) => [index('upload_uses_by_upload').on(table.uploadId)],
);

/** Ids whose rows are gone, by whatever way, and whose files are still to be removed; a trigger writes them. */
export const removedBlobs = sqliteTable('removed_blobs', {
  id: text().primaryKey(),
});

/** How many tasks are in each status; triggers keep it, so that no count ever scans. */
export const taskCounts = sqliteTable('task_counts', {
  status: text().primaryKey(),
  count: integer().notNull(),
});

/** Which rows of a block of keys a search finds by a term that is common there. */
export const searchBlocks = sqliteTable(
  'search_blocks',
  {
    /** The index of words: `task_search` or `audit_search`. */
    search: text().notNull(),
    block: integer().notNull(),
    /** As the index is asked for it; empty in a row that every prepared block has. */
    term: text().notNull(),
    bits: blob({ mode: 'buffer' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.search, table.block, table.term] })],
);

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

/** What Discord is still to be told of tasks; a row goes when it was, or when it cannot be any more. */
export const discordMessages = sqliteTable(
  'discord_messages',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    taskSeq: integer('task_seq')
      .notNull()
      .references(() => tasks.seq, { onDelete: 'cascade' }),
    purpose: text().notNull(),
    channelId: text('channel_id').notNull(),
    /** Of the interaction that is answered: a secret, removed when it is good for nothing any more. */
    token: text(),
    tokenExpiresAt: integer('token_expires_at'),
    fileBytes: integer('file_bytes').notNull(),
  },
  (table) => [
    index('discord_messages_by_task').on(table.taskSeq),
    index('discord_messages_expiring').on(table.tokenExpiresAt).where(sql`token IS NOT NULL`),
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

/** One row that tells of this database as a whole. */
export const installation = sqliteTable('installation', {
  id: integer().primaryKey(),
  /** Grows with every restore: attempts are numbered above it, so that none is given twice. */
  epoch: integer().notNull(),
});

export const tokens = sqliteTable('tokens', {
  id: text().primaryKey(),
  name: text().notNull(),
  role: text().notNull(),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at'),
  rotatedAt: integer('rotated_at'),
  lastUsedAt: integer('last_used_at'),
  lastUsedIp: text('last_used_ip'),
});

/** The secrets that a token is known by: one, and for the grace of a rotation the one before it. */
export const tokenSecrets = sqliteTable('token_secrets', {
  /** SHA-256 of the secret, in hex; the secret itself is kept nowhere. */
  hash: text().primaryKey(),
  tokenId: text('token_id')
    .notNull()
    .references(() => tokens.id, { onDelete: 'cascade' }),
  /** When a replaced one stops; null for the current one, which lasts as long as its token. */
  validUntil: integer('valid_until'),
});

export const schedules = sqliteTable(
  'schedules',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull().unique(),
    name: text().notNull(),
    cron: text().notNull(),
    timezone: text().notNull(),
    /** The body of a submission, as JSON. */
    task: text().notNull(),
    overlap: text().notNull(),
    misfire: text().notNull(),
    enabled: integer({ mode: 'boolean' }).notNull(),
    /** What `@every` counts from. */
    anchorAt: integer('anchor_at').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    /** The next fire time that has not been dealt with; null when there is none, or it is paused. */
    nextFireAt: integer('next_fire_at'),
    lastFireAt: integer('last_fire_at'),
    lastTaskId: text('last_task_id'),
  },
  (table) => [index('schedules_due').on(table.nextFireAt).where(sql`next_fire_at IS NOT NULL`)],
);

/** Every fire time that was dealt with, whatever has become of its task: none is dealt with twice. */
export const scheduleFires = sqliteTable(
  'schedule_fires',
  {
    scheduleId: text('schedule_id').notNull(),
    fireAt: integer('fire_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.scheduleId, table.fireAt] }),
    index('schedule_fires_by_age').on(table.fireAt),
  ],
);

export const webhooks = sqliteTable('webhooks', {
  id: text().primaryKey(),
  url: text().notNull(),
  /** What it is told of: a JSON list. */
  events: text().notNull(),
  description: text().notNull(),
  enabled: integer({ mode: 'boolean' }).notNull(),
  disabledReason: text('disabled_reason'),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
  rotatedAt: integer('rotated_at'),
  failingSince: integer('failing_since'),
});

/** What signs messages, as it is: a hash could not. One for each webhook, and for the grace of a rotation the one before. */
export const webhookSecrets = sqliteTable(
  'webhook_secrets',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    /** Null: that of what the `webhook` of tasks is sent. */
    webhookId: text('webhook_id').references(() => webhooks.id, { onDelete: 'cascade' }),
    secret: text().notNull(),
    /** When a replaced one stops; null for the current one. */
    validUntil: integer('valid_until'),
  },
  (table) => [index('webhook_secrets_of').on(table.webhookId)],
);

/** One message for one receiver, written by the transaction of what it tells. */
export const webhookDeliveries = sqliteTable(
  'webhook_deliveries',
  {
    id: text().primaryKey(),
    /** Null: it is for the `webhook` of a task. */
    webhookId: text('webhook_id').references(() => webhooks.id, { onDelete: 'cascade' }),
    type: text().notNull(),
    taskId: text('task_id'),
    url: text().notNull(),
    origin: text().notNull(),
    state: text().notNull(),
    attempts: integer().notNull().default(0),
    createdAt: integer('created_at').notNull(),
    /** When it was first due, or due again because somebody wanted so: it is tried for a day from then. */
    since: integer().notNull(),
    /** Null when it is not to be tried: it has ended, or its webhook is paused. */
    nextAttemptAt: integer('next_attempt_at'),
    lastAttemptAt: integer('last_attempt_at'),
    responseStatus: integer('response_status'),
    error: text(),
    body: text().notNull(),
  },
  (table) => [
    index('webhook_deliveries_due').on(table.origin, table.nextAttemptAt).where(sql`next_attempt_at IS NOT NULL`),
    index('webhook_deliveries_of').on(table.webhookId, table.id).where(sql`webhook_id IS NOT NULL`),
    index('webhook_deliveries_by_state').on(table.state, table.id),
    index('webhook_deliveries_by_age').on(table.createdAt),
  ],
);

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
  /** An operator wants it to take nothing; outlasts restarts of both programs. */
  drained: integer({ mode: 'boolean' }).notNull().default(false),
  /** It says of itself that it takes nothing new. */
  draining: integer({ mode: 'boolean' }).notNull().default(false),
  lastSeenAt: integer('last_seen_at').notNull(),
});

/** The audit chain: triggers refuse to change an entry, or to remove one that no checkpoint covers. */
export const auditEntries = sqliteTable(
  'audit_entries',
  {
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
  },
  (table) => [
    index('audit_by_action').on(table.action, table.seq),
    index('audit_by_actor').on(table.actorId, table.seq),
    index('audit_by_actor_name').on(table.actorName, table.seq),
    index('audit_by_task').on(table.taskId, table.seq).where(sql`task_id IS NOT NULL`),
    index('audit_by_outcome').on(table.outcome, table.seq),
    index('audit_by_time').on(table.at, table.seq),
  ],
);

/** Heads of the chain that were signed with AUDIT_SIGNING_KEY. */
export const auditHeads = sqliteTable('audit_heads', {
  seq: integer().primaryKey(),
  hash: text().notNull(),
  at: integer().notNull(),
  epoch: integer().notNull(),
  /** Names the public key: the first 16 hex digits of the SHA-256 of its DER form. */
  keyId: text('key_id').notNull(),
  signature: text().notNull(),
});
