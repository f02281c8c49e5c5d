import { desc, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { type AuditEntry, type AuditHead, EMPTY_CHAIN, linkEntry } from '#audit-chain';
import type { Actor } from '../../domain/actor.js';
import type { AuditEvent } from '../audit-event.js';
import { compiled } from './compiled.js';
import type { Companion } from './group-commit.js';
import { auditEntries } from './schema.js';

const { placeholder } = sql;

/** Appends to the audit chain inside the transaction of the change that it records. */
export class AuditLog implements Companion {
  private newest: AuditHead;
  private readonly insert;

  constructor(db: BetterSQLite3Database) {
    this.newest =
      db
        .select({ seq: auditEntries.seq, hash: auditEntries.hash })
        .from(auditEntries)
        .orderBy(desc(auditEntries.seq))
        .limit(1)
        .get() ?? EMPTY_CHAIN;
    const insert = db
      .insert(auditEntries)
      .values({
        seq: placeholder('seq'),
        at: placeholder('at'),
        actorId: placeholder('actorId'),
        actorName: placeholder('actorName'),
        actorRole: placeholder('actorRole'),
        ip: placeholder('ip'),
        userAgent: placeholder('userAgent'),
        requestId: placeholder('requestId'),
        action: placeholder('action'),
        target: placeholder('target'),
        taskId: placeholder('taskId'),
        outcome: placeholder('outcome'),
        detail: placeholder('detail'),
        prevHash: placeholder('prevHash'),
        hash: placeholder('hash'),
      })
      .prepare();
    this.insert = compiled({ insert }).insert;
  }

  /** The newest entry that this server knows of, whatever the file may say by now. */
  get head(): AuditHead {
    return this.newest;
  }

  append(event: AuditEvent, actor: Actor, at: number): void {
    const { actor: who, ...entry } = linkEntry(this.newest, event, actor, at);
    this.insert.run({
      ...entry,
      actorId: who.id,
      actorName: who.name,
      actorRole: who.role,
      detail: JSON.stringify(entry.detail),
    });
    this.newest = { seq: entry.seq, hash: entry.hash };
  }

  mark(): () => void {
    const { newest } = this;
    return () => {
      this.newest = newest;
    };
  }
}

/** A row of the audit as the entry that was hashed. */
export function auditEntry(row: typeof auditEntries.$inferSelect): AuditEntry {
  return {
    seq: row.seq,
    at: row.at,
    actor: { id: row.actorId, name: row.actorName, role: row.actorRole },
    ip: row.ip,
    userAgent: row.userAgent,
    requestId: row.requestId,
    action: row.action as AuditEntry['action'],
    target: row.target,
    taskId: row.taskId,
    outcome: row.outcome as AuditEntry['outcome'],
    detail: readDetail(row.detail),
    prevHash: row.prevHash,
    hash: row.hash,
  };
}

/** What is not, byte for byte, what the server writes was changed by somebody else: then no hash must fit it. */
export function readDetail(text: string): Record<string, unknown> {
  try {
    const detail = JSON.parse(text);
    if (JSON.stringify(detail) === text) return detail;
  } catch {
    // It is not even JSON; the text tells more than the error.
  }
  return { unreadable: String(text) };
}
