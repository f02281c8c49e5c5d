import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { asc } from 'drizzle-orm';
import type { Change } from '../change-feed.js';
import { describeScheduleStore } from '../testing/describe-schedule-store.js';
import type { StoreUnderTest } from '../testing/store-fixture.js';
import { auditEntry } from './audit-log.js';
import { openDatabase } from './database.js';
import { auditEntries } from './schema.js';
import { SqliteStorage } from './sqlite-storage.js';

function openStore(folder: string, limits: { maxPending: number }): StoreUnderTest {
  const database = openDatabase(join(folder, 'test.db'));
  const changes: Change[] = [];
  const storage = new SqliteStorage(database, limits, (change) => changes.push(change));
  return {
    storage,
    changes,
    auditTrail: async () =>
      database.db.select().from(auditEntries).orderBy(asc(auditEntries.seq)).all().map(auditEntry),
    reopen: async () => {
      storage.close();
      return openStore(folder, limits);
    },
    close: async () => {
      storage.close();
      rmSync(folder, { recursive: true });
    },
  };
}

describe('SqliteScheduleStore', () => {
  describeScheduleStore(async (limits) => openStore(mkdtempSync(join(tmpdir(), 'schedule-store-')), limits));
});
