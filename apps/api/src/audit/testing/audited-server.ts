import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createLogger } from '#logging';
import { loadConfig } from '../../config.js';
import { Shutdown } from '../../shutdown.js';
import type { AuditEntry } from '../../storage/audit-chain.js';
import { type AuditEvent, linkEntry } from '../../storage/audit-chain.js';
import { auditEntry } from '../../storage/sqlite/audit-log.js';
import { ROW_COLUMNS } from '../../storage/sqlite/audit-search.js';
import { openDatabase } from '../../storage/sqlite/database.js';
import { SqliteStorage } from '../../storage/sqlite/sqlite-storage.js';
import { ManualClock, operator } from '../../storage/testing/builders.js';
import { AuditHeads } from '../audit-heads.js';
import { AuditRetention } from '../audit-retention.js';
import { AuditVerification } from '../audit-verification.js';
import { ChainReaders } from '../chain-readers.js';

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
  rewriteFrom(seq: number): void {
    this.tamper((raw) => {
      const row = raw.prepare(`SELECT ${ROW_COLUMNS} FROM audit_entries WHERE seq >= ? ORDER BY seq`);
      const entries = row.all(seq).map((found) => auditEntry(found as Parameters<typeof auditEntry>[0]));
      let head = { seq: seq - 1, hash: (entries[0] as AuditEntry).prevHash };
      for (const { action, target, taskId, outcome, at } of entries) {
        const event = { action, target, taskId, outcome, detail: { command: 'nothing to see' } };
        const forged = linkEntry(head, event, operator, at);
        raw
          .prepare(
            'UPDATE audit_entries SET actor_id = ?, actor_name = ?, detail = ?, prev_hash = ?, hash = ? WHERE seq = ?',
          )
          .run(operator.id, operator.name, JSON.stringify(forged.detail), forged.prevHash, forged.hash, forged.seq);
        head = forged;
      }
    });
  }

  end(): void {
    this.storage.close();
    rmSync(this.folder, { recursive: true });
  }
}
