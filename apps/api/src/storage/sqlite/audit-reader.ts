import Database from 'better-sqlite3';
import type { AuditEntry, SignedHead } from '#audit-chain';
import { auditEntry } from './audit-log.js';
import { ROW_COLUMNS } from './audit-search.js';
import type { auditEntries } from './schema.js';

const PAGE = 500;

/**
 * Reads the audit of a database file, also one that a server is writing: as it stands at this moment, changing nothing.
 * Throws when the file cannot be read or holds no audit.
 */
export class AuditReader {
  private readonly connection: Database.Database;

  constructor(path: string) {
    this.connection = new Database(path, { readonly: true, fileMustExist: true });
    // One moment of a database that goes on; it holds up nothing but the shrinking of the log.
    this.connection.exec('BEGIN');
    if (!this.has('audit_entries')) throw new Error('it has no table audit_entries');
  }

  *entries(): Iterable<AuditEntry> {
    const page = this.connection.prepare(
      `SELECT ${ROW_COLUMNS} FROM audit_entries WHERE seq > ? ORDER BY seq LIMIT ${PAGE}`,
    );
    for (let after = Number.MIN_SAFE_INTEGER; ; ) {
      const rows = page.all(after) as (typeof auditEntries.$inferSelect)[];
      for (const row of rows) yield auditEntry(row);
      if (rows.length < PAGE) return;
      after = (rows.at(-1) as { seq: number }).seq;
    }
  }

  heads(): SignedHead[] {
    if (!this.has('audit_heads')) return [];
    const sql = 'SELECT seq, hash, at, epoch, key_id AS keyId, signature FROM audit_heads ORDER BY seq';
    return this.connection.prepare(sql).all() as SignedHead[];
  }

  close(): void {
    this.connection.close();
  }

  private has(table: string): boolean {
    return this.connection.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) !== undefined;
  }
}
