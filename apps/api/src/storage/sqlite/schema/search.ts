import { blob, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

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
