import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeAuditStore } from '../testing/describe-audit-store.js';
import { allSql, type Direction, indexSql } from './audit-walks.js';
import { type OpenDatabase, openDatabase } from './database.js';
import { termSql } from './search-blocks.js';
import { SqliteStorage } from './sqlite-storage.js';

describe('SqliteAuditStore', () => {
  describeAuditStore(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'audit-store-'));
    const storage = new SqliteStorage(openDatabase(join(folder, 'test.db')), { maxPending: 10 });
    return {
      store: storage.audit,
      close: async () => {
        storage.close();
        rmSync(folder, { recursive: true });
      },
    };
  });

  describe('the walks of a search', () => {
    let folder: string;
    let database: OpenDatabase;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'audit-plans-'));
      database = openDatabase(join(folder, 'test.db'));
    });
    afterAll(() => {
      database.close();
      rmSync(folder, { recursive: true });
    });
    const planOf = (sql: string): string => {
      const steps = database.connection
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...(sql.match(/\?/g)?.map(() => 1) ?? []));
      return steps.map((step) => (step as { detail: string }).detail).join('; ');
    };

    it.each(['action', 'actorId', 'actorName', 'taskId', 'outcome'] as const)(
      'read no more of %s than they answer',
      (name) => {
        for (const direction of [1, -1] as Direction[]) {
          expect(planOf(indexSql(name, direction))).toMatch(
            /^SEARCH audit_entries USING COVERING INDEX \w+ \(\w+=\? AND seq[<>]\?\)$/,
          );
        }
      },
    );

    it('enter the table and the full text by the place in the chain', () => {
      for (const direction of [1, -1] as Direction[]) {
        expect(planOf(allSql(direction))).toMatch(/^SEARCH audit_entries USING INTEGER PRIMARY KEY \(rowid[<>]\?\)$/);
        // `<` and `>`: the bounds are handed to the full text; and no sorting follows.
        expect(planOf(termSql('audit_search', direction))).toMatch(
          /^SCAN audit_search VIRTUAL TABLE INDEX \d+:M2[<>]{2}$/,
        );
      }
    });
  });
});
