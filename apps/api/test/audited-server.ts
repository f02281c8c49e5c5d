import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { hashEntry } from '#audit-chain';
import { createLogger } from '#logging';
import { AuditHeads } from '../src/audit/audit-heads.js';
import { AuditRetention } from '../src/audit/audit-retention.js';
import { AuditVerification } from '../src/audit/audit-verification.js';
import { ChainReaders } from '../src/audit/chain-readers.js';
import { loadConfig } from '../src/config.js';
import { Shutdown } from '../src/shutdown.js';
import type { AuditEvent } from '../src/storage/audit-event.js';
import { auditEntry } from '../src/storage/sqlite/audit-log.js';
import { ROW_COLUMNS } from '../src/storage/sqlite/audit-search.js';
import { openDatabase } from '../src/storage/sqlite/database.js';
import { SqliteStorage } from '../src/storage/sqlite/sqlite-storage.js';
import { ManualClock, operator } from '../src/storage/testing/builders.js';

const TASK = '0190b3c0-0000-7000-8000-000000000001';
const DAY = 86_400_000;

/** The parts of a server that keep the audit, on a real file that a test can also open behind their back. */
export class AuditedServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'audited-'));
  readonly path = join(this.folder, 'audited.db');
  readonly headsFile = join(this.folder, 'heads.ndjson');
  readonly clock = new ManualClock();
  readonly keys = generateKeyPairSync('ed25519');
  readonly readers = new ChainReaders();
  storage: SqliteStorage;
  heads: AuditHeads;
  verification: AuditVerification;
  retention: AuditRetention;

  constructor(readonly signing = true) {
    this.start();
  }

  /** Starts, or starts again on what is there. */
  start(): void {
    const { keys, clock, readers, signing } = this;
    const logger = createLogger('test', 'silent');
    const pem = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const config = loadConfig({
      WORKER_TOKEN: 'kV7pQ2mX9sT4wZ6r',
      AUDIT_RETENTION_DAYS: '1',
      ...(signing ? { AUDIT_SIGNING_KEY: pem, AUDIT_HEADS_FILE: this.headsFile } : {}),
    });
    this.storage = new SqliteStorage(openDatabase(this.path), { maxPending: 10 });
    const { audit } = this.storage;
    this.heads = new AuditHeads(audit, clock, config, logger);
    this.verification = new AuditVerification(audit, config, this.heads, readers);
    this.retention = new AuditRetention(audit, clock, config, logger, readers, new Shutdown());
  }

  restart(): void {
    this.storage.close();
    this.start();
  }

  async record(count: number, change: Partial<AuditEvent> = {}): Promise<void> {
    for (let n = 0; n < count; n++) {
      this.clock.advance(1000);
      const detail = { command: `echo ${n}`, nested: { list: [1, 'ü'] } };
      const event = { action: 'task.submitted', target: 'mac', taskId: TASK, outcome: 'success', detail } as const;
      await this.storage.audit.record({ ...event, ...change }, operator, this.clock.now());
    }
  }

  advanceDays(days: number): void {
    this.clock.advance(days * DAY);
  }

  verify() {
    return this.verification.verify(new AbortController().signal);
  }

  /** Works on the file as somebody does who can write it and knows nothing of the server's rules. */
  tamper(work: (raw: Database.Database) => void): void {
    const raw = new Database(this.path);
    try {
      const triggers = raw.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'audit_%'");
      for (const name of triggers.pluck().all()) raw.exec(`DROP TRIGGER ${name}`);
      raw.transaction(() => work(raw))();
    } finally {
      raw.close();
    }
  }

  /** Replaces all from `seq` on by a chain of its own that fits together. */
  rewriteFrom(seq: number, change: { prevHash?: string; detail?: Record<string, unknown> }): void {
    this.tamper((raw) => {
      const rows = raw.prepare(`SELECT ${ROW_COLUMNS} FROM audit_entries WHERE seq >= ? ORDER BY seq`).all(seq);
      const entries = rows.map((row) => auditEntry(row as Parameters<typeof auditEntry>[0]));
      const forge = raw.prepare('UPDATE audit_entries SET detail = ?, prev_hash = ?, hash = ? WHERE seq = ?');
      let prevHash = change.prevHash ?? entries[0]?.prevHash ?? '';
      for (const { hash: _, ...entry } of entries) {
        const forged = { ...entry, detail: change.detail ?? entry.detail, prevHash };
        prevHash = hashEntry(forged);
        forge.run(JSON.stringify(forged.detail), forged.prevHash, prevHash, forged.seq);
      }
    });
  }

  end(): void {
    this.storage.close();
    rmSync(this.folder, { recursive: true });
  }
}
