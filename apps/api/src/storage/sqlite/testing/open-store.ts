import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asc } from 'drizzle-orm';
import type { Change } from '../../change-feed.js';
import type { MakeStore, StoreUnderTest } from '../../testing/store-fixture.js';
import { auditEntry } from '../audit-log.js';
import { openDatabase } from '../database.js';
import { auditEntries } from '../schema.js';
import { SqliteStorage, type StorageLimits } from '../sqlite-storage.js';

/** A new SQLite file in a folder of its own, for a conformance suite. */
export const makeSqliteStore: MakeStore = async (limits) => openStore(mkdtempSync(join(tmpdir(), 'store-')), limits);

function openStore(folder: string, limits: StorageLimits): StoreUnderTest {
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
