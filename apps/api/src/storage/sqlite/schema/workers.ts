import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

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
