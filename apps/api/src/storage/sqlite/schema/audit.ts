import { sql } from 'drizzle-orm';
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

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
