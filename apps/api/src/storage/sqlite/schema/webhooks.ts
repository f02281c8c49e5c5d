import { sql } from 'drizzle-orm';
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

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
