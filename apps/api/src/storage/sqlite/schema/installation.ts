import { integer, sqliteTable } from 'drizzle-orm/sqlite-core';

/** One row that tells of this database as a whole. */
export const installation = sqliteTable('installation', {
  id: integer().primaryKey(),
  /** Grows with every restore: attempts are numbered above it, so that none is given twice. */
  epoch: integer().notNull(),
});
