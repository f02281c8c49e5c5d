import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

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
