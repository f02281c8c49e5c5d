import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { asc } from 'drizzle-orm';
import { describeTokenStore, type TokenStoreUnderTest } from '../testing/describe-token-store.js';
import { auditEntry } from './audit-log.js';
import { openDatabase } from './database.js';
import { Engine } from './engine.js';
import { auditEntries } from './schema.js';
import { SqliteTokenStore } from './sqlite-token-store.js';

function openStore(folder: string): TokenStoreUnderTest {
  const engine = new Engine(openDatabase(join(folder, 'test.db')), () => undefined);
  return {
    store: new SqliteTokenStore(engine),
    auditTrail: async () => engine.db.select().from(auditEntries).orderBy(asc(auditEntries.seq)).all().map(auditEntry),
    reopen: async () => {
      engine.close();
      return openStore(folder);
    },
    close: async () => {
      engine.close();
      rmSync(folder, { recursive: true });
    },
  };
}

describe('SqliteTokenStore', () => {
  describeTokenStore(async () => openStore(mkdtempSync(join(tmpdir(), 'token-store-'))));
});
