import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { asc } from 'drizzle-orm';
import { describeTaskStore } from '../testing/describe-task-store.js';
import type { StoreUnderTest } from '../testing/store-fixture.js';
import { auditEntry } from './audit-log.js';
import { openDatabase } from './database.js';
import { auditEntries } from './schema.js';
import { SqliteTaskStore } from './sqlite-task-store.js';

function openStore(folder: string, limits: { maxPending: number }): StoreUnderTest {
  const database = openDatabase(join(folder, 'test.db'));
  const store = new SqliteTaskStore(database, limits);
  return {
    store,
    auditTrail: async () =>
      database.db.select().from(auditEntries).orderBy(asc(auditEntries.seq)).all().map(auditEntry),
    reopen: async () => {
      store.close();
      return openStore(folder, limits);
    },
    close: async () => {
      store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

describe('SqliteTaskStore', () => {
  describeTaskStore(async (limits) => openStore(mkdtempSync(join(tmpdir(), 'task-store-')), limits));
});
