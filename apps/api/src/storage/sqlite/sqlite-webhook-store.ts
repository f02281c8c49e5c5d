import { and, desc, eq, gt, isNotNull, isNull, lt, or } from 'drizzle-orm';
import { type Actor, SYSTEM } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import { type AttemptEnd, type DisabledReason, disabledAfter, type Webhook } from '../../domain/webhook.js';
import type { AuditAction } from '../audit-event.js';
import type {
  Delivery,
  DeliveryFilter,
  Dispatch,
  DispatchLimits,
  NewWebhook,
  WebhookChange,
  WebhookStore,
} from '../webhook-store.js';
import type { Engine } from './engine.js';
import { webhookSecrets, webhooks } from './schema.js';
import { WebhookDeliveries } from './webhook-deliveries.js';

type Row = typeof webhooks.$inferSelect;

/** What the audit calls the secret of what the `webhook` of tasks is sent. */
const TASK_SECRET = 'task-secret';

export class SqliteWebhookStore implements WebhookStore {
  private readonly db;
  private readonly queue: WebhookDeliveries;

  constructor(private readonly engine: Engine) {
    this.db = engine.db;
    this.queue = new WebhookDeliveries(engine);
  }

  create(webhook: NewWebhook, secret: string, actor: Actor, now: Instant): Promise<Webhook> {
    return this.engine.commit(() => {
      const times = { createdAt: now.wall, updatedAt: now.wall };
      const row = this.db
        .insert(webhooks)
        .values({ ...webhook, events: JSON.stringify(webhook.events), ...times })
        .returning()
        .get();
      this.db.insert(webhookSecrets).values({ webhookId: row.id, secret }).run();
      this.engine.outbox.forget();
      const { id: _id, url: _url, ...terms } = webhook;
      this.record('webhook.created', row, terms, actor, now);
      return stored(row);
    });
  }

  async find(id: string): Promise<Webhook | null> {
    return this.engine.read(() => {
      const row = this.rowOf(id);
      return row ? stored(row) : null;
    });
  }

  async list(limit: number, before: string | null): Promise<{ webhooks: Webhook[]; next: string | null }> {
    const rows = this.engine.read(() =>
      this.db
        .select()
        .from(webhooks)
        .where(before === null ? undefined : lt(webhooks.id, before))
        .orderBy(desc(webhooks.id))
        .limit(limit + 1)
        .all(),
    );
    const page = rows.slice(0, limit).map(stored);
    return { webhooks: page, next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
  }

  update(id: string, change: WebhookChange, actor: Actor, now: Instant): Promise<Webhook | null> {
    return this.engine.commit(() => {
      const before = this.rowOf(id);
      if (!before) return null;
      const changed = differing(stored(before), change);
      if (Object.keys(changed).length === 0) return stored(before);
      const moved = changed.url !== undefined;
      const anew = {
        ...(changed.enabled ? { disabledReason: null } : {}),
        ...(changed.enabled || moved ? { failingSince: null } : {}),
      };
      const row = this.write(id, { ...columnsOf(changed), ...anew, updatedAt: now.wall });
      if (moved) this.queue.redirect(id, row.url);
      // How long the receiver of before wanted to be left alone says nothing of the one of now.
      if (changed.enabled === true || (moved && row.enabled)) this.queue.resume(id, now);
      if (changed.enabled === false) this.queue.hold(id);
      this.record('webhook.updated', row, told(changed), actor, now);
      return stored(row);
    });
  }

  remove(id: string, actor: Actor, now: Instant): Promise<boolean> {
    return this.engine.commit(() => {
      const row = this.db.delete(webhooks).where(eq(webhooks.id, id)).returning().get();
      if (!row) return false;
      this.engine.outbox.forget();
      this.record('webhook.deleted', row, {}, actor, now);
      return true;
    });
  }

  rotate(
    id: string,
    secret: string,
    previousValidUntil: number | null,
    actor: Actor,
    now: Instant,
  ): Promise<Webhook | null> {
    return this.engine.commit(() => {
      if (!this.rowOf(id)) return null;
      const row = this.write(id, { rotatedAt: now.wall });
      this.replaceSecret(id, secret, previousValidUntil);
      this.record('webhook.updated', row, { rotated: true, previousValidUntil }, actor, now);
      return stored(row);
    });
  }

  rotateTaskSecret(secret: string, previousValidUntil: number | null, actor: Actor, now: Instant): Promise<void> {
    return this.engine.commit(() => {
      this.replaceSecret(null, secret, previousValidUntil);
      const detail = { rotated: true, previousValidUntil };
      const event = {
        action: 'webhook.updated',
        target: TASK_SECRET,
        taskId: null,
        outcome: 'success',
        detail,
      } as const;
      this.engine.audit.append(event, actor, now.wall);
    });
  }

  test(id: string, actor: Actor, now: Instant): Promise<Delivery | null> {
    return this.engine.commit(() => {
      const row = this.rowOf(id);
      if (!row) return null;
      const detail = { by: actor.name };
      const happening = { action: 'ping', at: now.wall, target: id, detail, taskId: null, task: null } as const;
      const [made = ''] = this.engine.outbox.tell(happening, [{ webhookId: id, url: row.url }]);
      this.record('webhook.updated', row, { tested: made }, actor, now);
      return this.queue.find(made);
    });
  }

  async delivery(id: string): Promise<(Delivery & { body: string }) | null> {
    return this.engine.read(() => this.queue.inFull(id));
  }

  async deliveries(
    filter: DeliveryFilter,
    limit: number,
    before: string | null,
  ): Promise<{ deliveries: Delivery[]; next: string | null }> {
    return this.engine.read(() => this.queue.page(filter, limit, before));
  }

  resend(id: string, actor: Actor, now: Instant): Promise<Delivery | 'unknown' | 'disabled'> {
    return this.engine.commit(() => {
      const delivery = this.queue.find(id);
      if (!delivery) return 'unknown';
      const { webhookId } = delivery;
      const webhook = webhookId === null ? null : this.rowOf(webhookId);
      if (webhook !== null && !webhook?.enabled) return 'disabled';
      const due = this.queue.makeDue(delivery, webhook?.url ?? delivery.url, now);
      this.recordDelivery('webhook.updated', due, { resent: id }, actor, now);
      return due;
    });
  }

  async due(now: Instant, limits: DispatchLimits, busy: readonly Dispatch[]): Promise<Dispatch[]> {
    return this.engine.read(() => this.queue.due(now, limits, busy));
  }

  async secrets(webhookId: string | null, made: string, now: Instant): Promise<string[]> {
    const known = this.engine.read(() => this.goodSecrets(webhookId, now));
    if (known.length > 0 || webhookId !== null) return known;
    return this.engine.commit(() => {
      const meanwhile = this.goodSecrets(null, now);
      if (meanwhile.length > 0) return meanwhile;
      this.db.insert(webhookSecrets).values({ webhookId: null, secret: made }).run();
      return [made];
    });
  }

  settle({ id, url }: Pick<Dispatch, 'id' | 'url'>, end: AttemptEnd, now: Instant): Promise<void> {
    return this.engine.commit(() => {
      const settled = this.queue.settle({ id, url }, end, now);
      // While it was under way its webhook was removed, or given another URL.
      if (!settled) return;
      const { webhookId, type, attempts, state } = settled;
      const { status, error } = end;
      const detail = { delivery: id, type, attempts, status };
      if (state === 'delivered') this.recordDelivery('webhook.delivered', settled, detail, SYSTEM, now);
      if (state === 'failed') this.recordDelivery('webhook.failed', settled, { ...detail, error }, SYSTEM, now);
      const row = webhookId === null ? undefined : this.rowOf(webhookId);
      if (row?.url === url) this.judge(row, end, now);
    });
  }

  removeOld(wall: number, limit: number): Promise<number> {
    return this.engine.commit(() => {
      const removed = this.queue.removeOld(wall, limit);
      if (removed > 0) this.engine.shrink();
      return removed;
    });
  }

  /** What the end of an attempt says of the webhook itself. */
  private judge(row: Row, { delivered, status }: AttemptEnd, now: Instant): void {
    if (delivered) {
      if (row.failingSince !== null) this.write(row.id, { failingSince: null });
      return;
    }
    const failingSince = row.failingSince ?? now.wall;
    const disabledReason = row.enabled ? disabledAfter(failingSince, { status }, now.wall) : null;
    if (disabledReason === null) {
      if (row.failingSince === null) this.write(row.id, { failingSince });
      return;
    }
    this.write(row.id, { failingSince, enabled: false, disabledReason, updatedAt: now.wall });
    this.queue.hold(row.id);
    this.record('webhook.disabled', row, { reason: disabledReason, failingSince, status }, SYSTEM, now);
  }

  private write(id: string, columns: Partial<Row>): Row {
    this.engine.outbox.forget();
    return this.db.update(webhooks).set(columns).where(eq(webhooks.id, id)).returning().get();
  }

  private replaceSecret(webhookId: string | null, secret: string, previousValidUntil: number | null): void {
    const its = secretsOf(webhookId);
    // At most one before the current one.
    const ended = previousValidUntil === null ? its : and(its, isNotNull(webhookSecrets.validUntil));
    this.db.delete(webhookSecrets).where(ended).run();
    this.db.update(webhookSecrets).set({ validUntil: previousValidUntil }).where(its).run();
    this.db.insert(webhookSecrets).values({ webhookId, secret }).run();
  }

  private goodSecrets(webhookId: string | null, now: Instant): string[] {
    return this.db
      .select({ secret: webhookSecrets.secret })
      .from(webhookSecrets)
      .where(and(secretsOf(webhookId), or(isNull(webhookSecrets.validUntil), gt(webhookSecrets.validUntil, now.wall))))
      .orderBy(desc(webhookSecrets.id))
      .all()
      .map(({ secret }) => secret);
  }

  private rowOf(id: string): Row | undefined {
    return this.db.select().from(webhooks).where(eq(webhooks.id, id)).get();
  }

  private record(action: AuditAction, { id, url }: Row, detail: object, actor: Actor, now: Instant): void {
    const outcome = action === 'webhook.disabled' ? 'failure' : 'success';
    const event = {
      action,
      target: id,
      taskId: null,
      outcome,
      detail: { to: new URL(url).origin, ...detail },
    } as const;
    this.engine.audit.append(event, actor, now.wall);
  }

  private recordDelivery(action: AuditAction, delivery: Delivery, detail: object, actor: Actor, now: Instant): void {
    const { webhookId, url, taskId } = delivery;
    const to = new URL(url).origin;
    const outcome = action === 'webhook.failed' ? 'failure' : 'success';
    const event = { action, target: webhookId ?? to, taskId, outcome, detail: { to, ...detail } } as const;
    this.engine.audit.append(event, actor, now.wall);
  }
}

const secretsOf = (webhookId: string | null) =>
  webhookId === null ? isNull(webhookSecrets.webhookId) : eq(webhookSecrets.webhookId, webhookId);

function stored({ events, disabledReason, ...row }: Row): Webhook {
  return { ...row, events: JSON.parse(events), disabledReason: disabledReason as DisabledReason | null };
}

const columnsOf = ({ events, ...columns }: WebhookChange): Partial<Row> =>
  events === undefined ? columns : { ...columns, events: JSON.stringify(events) };

function differing(current: Webhook, change: WebhookChange): WebhookChange {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const text = (value: unknown) => JSON.stringify(value);
  return Object.fromEntries(given.filter(([name, value]) => text(value) !== text(current[name as keyof Webhook])));
}

/** What the audit tells of a webhook's terms: paths and queries of URLs are where receivers put their secrets. */
const told = ({ url, ...terms }: WebhookChange) => (url === undefined ? terms : { ...terms, url: 'set' });
