import type Database from 'better-sqlite3';
import { and, asc, desc, eq, gt, inArray, lte } from 'drizzle-orm';
import { type AuditCheckpoint, type AuditHead, checkpointOf, type SignedHead } from '#audit-chain';
import { type Actor, SYSTEM } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import type { AuditEvent } from '../audit-event.js';
import type { AuditExtent, AuditFilter, AuditPage, AuditStore } from '../audit-store.js';
import { readDetail } from './audit-log.js';
import { AuditSearch } from './audit-search.js';
import type { Engine } from './engine.js';
import { auditEntries, auditHeads, installation } from './schema.js';
import { asStorageError } from './sqlite-errors.js';

export class SqliteAuditStore implements AuditStore {
  private readonly search: AuditSearch;
  private readonly ends: Record<'first' | 'last' | 'count', Database.Statement<[]>>;

  constructor(private readonly engine: Engine) {
    this.search = new AuditSearch(engine.connection, engine.auditSearch);
    this.ends = {
      first: engine.connection.prepare('SELECT min(seq) FROM audit_entries').pluck(),
      last: engine.connection.prepare('SELECT max(seq) FROM audit_entries').pluck(),
      count: engine.connection.prepare('SELECT count(*) FROM audit_entries').pluck(),
    };
  }

  record(event: AuditEvent, actor: Actor, now: Instant): Promise<void> {
    return this.engine.commit(() => this.engine.audit.append(event, actor, now.wall));
  }

  async list(filter: AuditFilter, limit: number, before: number | null, signal?: AbortSignal): Promise<AuditPage> {
    const { first, last } = this.bounds();
    const start = Math.min(last, (before ?? Number.MAX_SAFE_INTEGER) - 1);
    if (start < first) return { entries: [], next: null };
    const { entries, next } = await this.find(filter, start, first, limit, signal);
    return { entries, next: next === null ? null : next + 1 };
  }

  async page(
    filter: AuditFilter,
    { after, through }: { after: number; through: number },
    limit: number,
    signal?: AbortSignal,
  ): Promise<AuditPage> {
    const { first, last } = this.bounds();
    const [start, end] = [Math.max(first, after + 1), Math.min(last, through)];
    if (start > end) return { entries: [], next: null };
    const { entries, next } = await this.find(filter, start, end, limit, signal);
    return { entries, next: next === null ? null : next - 1 };
  }

  async head(): Promise<AuditHead> {
    return this.engine.audit.head;
  }

  async extent(): Promise<AuditExtent> {
    return this.engine.read(() => {
      const { db } = this.engine;
      const columns = { seq: auditEntries.seq, hash: auditEntries.hash };
      return {
        entries: this.ends.count.get() as number,
        firstSeq: this.ends.first.get() as number | null,
        last: db.select(columns).from(auditEntries).orderBy(desc(auditEntries.seq)).limit(1).get() ?? null,
        head: this.engine.audit.head,
        checkpoint: this.newestCheckpoint(),
      };
    });
  }

  async checkpoint(wall: number, now: Instant): Promise<AuditCheckpoint | null> {
    // What is added while the first to be kept is looked for is not old.
    const { seq: newest } = this.engine.audit.head;
    const kept = await this.search.firstSince(wall).catch((error) => {
      throw asStorageError(error);
    });
    return this.engine.commit(() => {
      const covered = this.newestCheckpoint()?.removedThrough ?? 0;
      const { first } = this.bounds();
      const through = kept === null ? newest : kept - 1;
      const last = this.linkAt(through);
      if (!last || through <= covered) return null;
      const detail = {
        removedThrough: through,
        hash: last.hash,
        removed: through - Math.max(first, covered + 1) + 1,
      };
      const event = { action: 'audit.checkpoint', target: null, taskId: null, outcome: 'success', detail } as const;
      this.engine.audit.append(event, SYSTEM, now.wall);
      return { removedThrough: through, hash: last.hash };
    });
  }

  removeCovered(limit: number): Promise<number> {
    const { db } = this.engine;
    return this.engine.commit(() => {
      const checkpoint = this.newestCheckpoint();
      if (!checkpoint) return 0;
      const covered = db
        .select({ seq: auditEntries.seq })
        .from(auditEntries)
        .where(lte(auditEntries.seq, checkpoint.removedThrough))
        .orderBy(asc(auditEntries.seq))
        .limit(limit);
      const { changes } = db.delete(auditEntries).where(inArray(auditEntries.seq, covered)).run();
      if (changes > 0) {
        // A head says nothing any more once its entry is gone.
        const { first } = this.bounds();
        db.delete(auditHeads)
          .where(and(lte(auditHeads.seq, checkpoint.removedThrough), lte(auditHeads.seq, first - 1)))
          .run();
        this.engine.shrink();
      }
      return changes;
    });
  }

  async epoch(): Promise<number> {
    const found = this.engine.read(() =>
      this.engine.db.select().from(installation).where(eq(installation.id, 1)).get(),
    );
    return found?.epoch ?? 0;
  }

  saveHead(head: SignedHead): Promise<void> {
    return this.engine.commit(() => {
      this.engine.db.insert(auditHeads).values(head).onConflictDoUpdate({ target: auditHeads.seq, set: head }).run();
    });
  }

  async heads(after: number, limit: number): Promise<SignedHead[]> {
    const { db } = this.engine;
    return this.engine.read(() =>
      db.select().from(auditHeads).where(gt(auditHeads.seq, after)).orderBy(asc(auditHeads.seq)).limit(limit).all(),
    );
  }

  private async find(...[filter, start, end, limit, signal]: Parameters<AuditSearch['find']>): Promise<AuditPage> {
    try {
      return await this.search.find(filter, start, end, limit, signal);
    } catch (error) {
      throw asStorageError(error);
    }
  }

  private bounds(): { first: number; last: number } {
    return this.engine.read(() => ({
      first: (this.ends.first.get() as number | null) ?? 1,
      last: (this.ends.last.get() as number | null) ?? 0,
    }));
  }

  private linkAt(seq: number): AuditHead | undefined {
    const columns = { seq: auditEntries.seq, hash: auditEntries.hash };
    return this.engine.db.select(columns).from(auditEntries).where(eq(auditEntries.seq, seq)).get();
  }

  private newestCheckpoint(): AuditCheckpoint | null {
    const found = this.engine.db
      .select({ detail: auditEntries.detail })
      .from(auditEntries)
      .where(eq(auditEntries.action, 'audit.checkpoint'))
      .orderBy(desc(auditEntries.seq))
      .limit(1)
      .get();
    return found ? checkpointOf(readDetail(found.detail)) : null;
  }
}
