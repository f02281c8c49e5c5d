import { index, integer, sqliteTable, text, unique } from 'drizzle-orm/sqlite-core';
import { taskSeq, tasks } from './tasks.js';

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
