import type Database from 'better-sqlite3';
import { and, desc, eq, getTableColumns, inArray, lt, ne, sql } from 'drizzle-orm';
import type { Instant } from '../../domain/clock.js';
import { type AttemptEnd, type DeliveryState, nextAttemptAt, originOf } from '../../domain/webhook.js';
import type { Delivery, DeliveryFilter, Dispatch, DispatchLimits } from '../webhook-store.js';
import type { Engine } from './engine.js';
import { webhookDeliveries } from './schema.js';
import { OriginWalk, type WaitingOrigin } from './webhook-deliveries-walk.js';

type Row = typeof webhookDeliveries.$inferSelect;

const { body: _body, ...LISTED } = getTableColumns(webhookDeliveries);

/** What waits for receivers, and what has become of it. Every method that changes something runs inside a transaction. */
export class WebhookDeliveries {
  private readonly db;
  private readonly standing: OriginWalk;
  private readonly ofTasks: OriginWalk;
  private readonly dueOf: Database.Statement<[string, number, number], Omit<Dispatch, 'origin'>>;

  constructor(private readonly engine: Engine) {
    this.db = engine.db;
    // As `originOf` writes them: `https://example.org`, and `//example.org` for tasks.
    this.standing = new OriginWalk(engine.connection, 'http', 'http~');
    this.ofTasks = new OriginWalk(engine.connection, '//', '/~');
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

  due({ wall }: Instant, limits: DispatchLimits, busy: readonly Dispatch[]): Dispatch[] {
    const underWay = [...busy];
    const room = () => limits.all - underWay.length;
    const roomForTasks = () => (limits.forTasks ?? limits.all) - underWay.filter(isForTask).length;
    const isBusy = new Set(busy.map(({ id }) => id));
    if (room() <= 0) return [];
    for (const { origin, forTask } of this.waiting(wall, roomForTasks() > 0)) {
      const there = underWay.filter((other) => other.origin === origin).length;
      const free = Math.min(room(), limits.perOrigin - there, forTask ? roomForTasks() : room());
      if (free <= 0) continue;
      // What is under way is due as well until it is settled.
      const due = this.dueOf.all(origin, wall, limits.perOrigin).filter(({ id }) => !isBusy.has(id));
      underWay.push(...due.slice(0, free).map((dispatch) => ({ ...dispatch, origin })));
    }
    return underWay.slice(busy.length);
  }

  /** Answers what it is now; null when it has been removed meanwhile, or goes elsewhere: then it waits for that attempt. */
  settle({ id, url }: Pick<Dispatch, 'id' | 'url'>, end: AttemptEnd, { wall }: Instant): Delivery | null {
    const row = this.rowOf(id);
    if (row?.url !== url) return null;
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

  makeDue({ id, webhookId }: Delivery, url: string, { wall }: Instant): Delivery {
    const due = { state: 'pending', attempts: 0, since: wall, nextAttemptAt: wall };
    const there = { url, origin: originOf(webhookId, url) };
    const its = eq(webhookDeliveries.id, id);
    const row = this.db
      .update(webhookDeliveries)
      .set({ ...due, ...there })
      .where(its)
      .returning()
      .get();
    this.engine.announce({ kind: 'delivery' });
    return shown(row);
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
    const origin = originOf(webhookId, url);
    this.db.update(webhookDeliveries).set({ url, origin }).where(pendingOf(webhookId)).run();
  }

  removeOld(wall: number, limit: number): number {
    const old = this.db
      .select({ id: webhookDeliveries.id })
      .from(webhookDeliveries)
      // What waits for a paused webhook has no next attempt either, and is kept.
      .where(and(lt(webhookDeliveries.createdAt, wall), ne(webhookDeliveries.state, 'pending')))
      .orderBy(webhookDeliveries.createdAt)
      .limit(limit);
    return this.db.delete(webhookDeliveries).where(inArray(webhookDeliveries.id, old)).run().changes;
  }

  /** The origins that something is due for, of those that are looked at now; the longest first. */
  private waiting(wall: number, tasksToo: boolean): (WaitingOrigin & { forTask: boolean })[] {
    const standing = this.standing.next().map((origin) => ({ ...origin, forTask: false }));
    const ofTasks = tasksToo ? this.ofTasks.next().map((origin) => ({ ...origin, forTask: true })) : [];
    return [...standing, ...ofTasks].filter(({ at }) => at <= wall).sort((one, other) => one.at - other.at);
  }

  private rowOf(id: string): Row | undefined {
    return this.db.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, id)).get();
  }
}

const isForTask = ({ webhookId }: Dispatch) => webhookId === null;

const pendingOf = (webhookId: string) =>
  and(eq(webhookDeliveries.webhookId, webhookId), eq(webhookDeliveries.state, 'pending'));

function shown(row: Omit<Row, 'body'>): Delivery {
  const { id, webhookId, type, taskId, url, attempts, createdAt } = row;
  const { nextAttemptAt, lastAttemptAt, responseStatus, error } = row;
  const state = row.state as DeliveryState;
  const seen = { attempts, createdAt, nextAttemptAt, lastAttemptAt, responseStatus, error };
  return { id, webhookId, type, taskId, url, state, ...seen };
}
