import type Database from 'better-sqlite3';
import { and, desc, eq, getTableColumns, inArray, lt, sql } from 'drizzle-orm';
import type { Instant } from '../../domain/clock.js';
import { type AttemptEnd, type DeliveryState, nextAttemptAt } from '../../domain/webhook.js';
import type { Delivery, DeliveryFilter, Dispatch } from '../webhook-store.js';
import type { Engine } from './engine.js';
import { webhookDeliveries } from './schema.js';

type Row = typeof webhookDeliveries.$inferSelect;

const { body: _body, ...LISTED } = getTableColumns(webhookDeliveries);

/** Of each origin that something is due for, since when: from one to the next by the index, whatever waits for each. */
const ORIGINS = `
  WITH RECURSIVE origins (origin) AS (
    SELECT (SELECT origin FROM webhook_deliveries INDEXED BY webhook_deliveries_due
      WHERE next_attempt_at IS NOT NULL ORDER BY origin LIMIT 1)
    UNION ALL
    SELECT (SELECT d.origin FROM webhook_deliveries d INDEXED BY webhook_deliveries_due
      WHERE d.next_attempt_at IS NOT NULL AND d.origin > origins.origin ORDER BY d.origin LIMIT 1)
    FROM origins WHERE origins.origin IS NOT NULL
  )
  SELECT origin, (SELECT d.next_attempt_at FROM webhook_deliveries d INDEXED BY webhook_deliveries_due
    WHERE d.origin = origins.origin AND d.next_attempt_at IS NOT NULL ORDER BY d.next_attempt_at LIMIT 1) AS at
  FROM origins WHERE origin IS NOT NULL AND at <= ? ORDER BY at`;

/** What waits for receivers, and what has become of it. Every method that changes something runs inside a transaction. */
export class WebhookDeliveries {
  private readonly db;
  private readonly origins: Database.Statement<[number], { origin: string }>;
  private readonly dueOf: Database.Statement<[string, number, number], Omit<Dispatch, 'origin'>>;

  constructor(private readonly engine: Engine) {
    this.db = engine.db;
    this.origins = engine.connection.prepare(ORIGINS);
    this.dueOf = engine.connection.prepare(
      `SELECT id, webhook_id AS webhookId, url, body FROM webhook_deliveries INDEXED BY webhook_deliveries_due
        WHERE origin = ? AND next_attempt_at IS NOT NULL AND next_attempt_at <= ? ORDER BY next_attempt_at LIMIT ?`,
    );
  }

  find(id: string): Delivery | null {
    const row = this.rowOf(id);
    return row ? shown(row) : null;
  }

  inFull(id: string): (Delivery & { body: string }) | null {
    const row = this.rowOf(id);
    return row ? { ...shown(row), body: row.body } : null;
  }

  page(
    { webhookId, state }: DeliveryFilter,
    limit: number,
    before: string | null,
  ): { deliveries: Delivery[]; next: string | null } {
    const wanted = and(
      webhookId === null ? undefined : and(sql`webhook_id IS NOT NULL`, eq(webhookDeliveries.webhookId, webhookId)),
      state === null ? undefined : eq(webhookDeliveries.state, state),
      before === null ? undefined : lt(webhookDeliveries.id, before),
    );
    const rows = this.db
      .select(LISTED)
      .from(webhookDeliveries)
      .where(wanted)
      .orderBy(desc(webhookDeliveries.id))
      .limit(limit + 1)
      .all();
    const deliveries = rows.slice(0, limit).map(shown);
    return { deliveries, next: rows.length > limit ? (deliveries.at(-1)?.id ?? null) : null };
  }

  due({ wall }: Instant, limits: { all: number; perOrigin: number }, busy: readonly Dispatch[]): Dispatch[] {
    const found: Dispatch[] = [];
    const underWay = new Set(busy.map(({ id }) => id));
    for (const { origin } of this.origins.all(wall)) {
      const room = limits.all - busy.length - found.length;
      if (room <= 0) break;
      const busyThere = busy.filter((other) => other.origin === origin).length;
      // What is under way is due as well until it is settled.
      const due = this.dueOf.all(origin, wall, limits.perOrigin).filter(({ id }) => !underWay.has(id));
      const free = Math.max(0, Math.min(room, limits.perOrigin - busyThere));
      found.push(...due.slice(0, free).map((dispatch) => ({ ...dispatch, origin })));
    }
    return found;
  }

  /** Answers what it is now; null when it has been removed meanwhile. */
  settle(id: string, end: AttemptEnd, { wall }: Instant): Delivery | null {
    const row = this.rowOf(id);
    if (!row) return null;
    const attempts = row.attempts + 1;
    const next = end.delivered ? null : nextAttemptAt({ attempts, since: row.since }, end, wall, Math.random());
    const changed = {
      state: end.delivered ? 'delivered' : next === null ? 'failed' : 'pending',
      attempts,
      // Paused while it was under way: it waits as the others do.
      nextAttemptAt: row.nextAttemptAt === null ? null : next,
      lastAttemptAt: wall,
      responseStatus: end.status,
      error: end.error,
    };
    this.db.update(webhookDeliveries).set(changed).where(eq(webhookDeliveries.id, id)).run();
    return shown({ ...row, ...changed });
  }

  makeDue(id: string, { wall }: Instant): void {
    const due = { state: 'pending', attempts: 0, since: wall, nextAttemptAt: wall };
    this.db.update(webhookDeliveries).set(due).where(eq(webhookDeliveries.id, id)).run();
    this.engine.announce({ kind: 'delivery' });
  }

  /** What waits for the webhook is not tried until it is resumed. */
  hold(webhookId: string): void {
    this.db.update(webhookDeliveries).set({ nextAttemptAt: null }).where(pendingOf(webhookId)).run();
  }

  resume(webhookId: string, { wall }: Instant): void {
    const due = { attempts: 0, since: wall, nextAttemptAt: wall };
    this.db.update(webhookDeliveries).set(due).where(pendingOf(webhookId)).run();
    this.engine.announce({ kind: 'delivery' });
  }

  /** What waits for the webhook goes to another URL. */
  redirect(webhookId: string, url: string): void {
    const { origin } = new URL(url);
    this.db.update(webhookDeliveries).set({ url, origin }).where(pendingOf(webhookId)).run();
  }

  removeOld(wall: number, limit: number): number {
    const old = this.db
      .select({ id: webhookDeliveries.id })
      .from(webhookDeliveries)
      .where(and(lt(webhookDeliveries.createdAt, wall), sql`next_attempt_at IS NULL`))
      .orderBy(webhookDeliveries.createdAt)
      .limit(limit);
    return this.db.delete(webhookDeliveries).where(inArray(webhookDeliveries.id, old)).run().changes;
  }

  private rowOf(id: string): Row | undefined {
    return this.db.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, id)).get();
  }
}

const pendingOf = (webhookId: string) =>
  and(eq(webhookDeliveries.webhookId, webhookId), eq(webhookDeliveries.state, 'pending'));

function shown(row: Omit<Row, 'body'>): Delivery {
  const { id, webhookId, type, taskId, url, attempts, createdAt } = row;
  const { nextAttemptAt, lastAttemptAt, responseStatus, error } = row;
  const state = row.state as DeliveryState;
  const seen = { attempts, createdAt, nextAttemptAt, lastAttemptAt, responseStatus, error };
  return { id, webhookId, type, taskId, url, state, ...seen };
}
