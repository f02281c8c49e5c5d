import { sql } from 'drizzle-orm';
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { tasks } from './tasks.js';

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
