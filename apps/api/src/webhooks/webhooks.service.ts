import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type {
  CreatedWebhook,
  RotatedTaskSecret,
  RotatedWebhook,
  WebhookDelivery,
  WebhookDeliveryInFull,
  WebhookFilter,
  WebhookRecord,
} from '#contracts';
import type { CreateWebhookDto, DeliveryQueryDto, PageQueryDto, UpdateWebhookDto } from '#contracts/dto';
import type { Clock } from '../domain/clock.js';
import type { Webhook } from '../domain/webhook.js';
import type { Call } from '../http/call.js';
import { ApiError } from '../http/problem.js';
import { decodeIdCursor, encodeIdCursor, pageLimit } from '../http/query.js';
import { CLOCK, WEBHOOK_STORE } from '../injection-tokens.js';
import type { WebhookStore } from '../storage/webhook-store.js';
import { newSecret } from './signature.js';

/** What a webhook is told of that does not say. */
const STANDARD_EVENTS: WebhookFilter[] = ['task.*'];

@Injectable()
export class WebhooksService {
  constructor(
    @Inject(WEBHOOK_STORE) private readonly store: WebhookStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async create(
    { url, events = STANDARD_EVENTS, description = '', enabled = true }: CreateWebhookDto,
    call: Call,
  ): Promise<CreatedWebhook> {
    const secret = newSecret();
    const terms = { id: uuidv7(), url, events: [...new Set(events)], description, enabled };
    return { ...toRecord(await this.store.create(terms, secret, call.actor, this.clock.now())), secret };
  }

  async list({ limit, cursor }: PageQueryDto) {
    const { webhooks, next } = await this.store.list(pageLimit(limit), before(cursor));
    return { items: webhooks.map(toRecord), nextCursor: next === null ? null : encodeIdCursor(next) };
  }

  /** Throws `webhook_not_found`. */
  async read(id: string): Promise<WebhookRecord> {
    return toRecord(found(id, await this.store.find(id)));
  }

  /** Throws `webhook_not_found`. */
  async update(id: string, { events, ...terms }: UpdateWebhookDto, call: Call): Promise<WebhookRecord> {
    const change = { ...terms, ...(events === undefined ? {} : { events: [...new Set(events)] }) };
    return toRecord(found(id, await this.store.update(id, change, call.actor, this.clock.now())));
  }

  /** Throws `webhook_not_found`. */
  async remove(id: string, call: Call): Promise<void> {
    if (!(await this.store.remove(id, call.actor, this.clock.now()))) throw unknownWebhook(id);
  }

  /** Throws `webhook_not_found`. */
  async rotate(id: string, graceMs: number, call: Call): Promise<RotatedWebhook> {
    const now = this.clock.now();
    const secret = newSecret();
    const previousValidUntil = graceMs === 0 ? null : now.wall + graceMs;
    const webhook = await this.store.rotate(id, secret, previousValidUntil, call.actor, now);
    return { ...toRecord(found(id, webhook)), secret, previousValidUntil };
  }

  /** The secret that signs what the `webhook` of tasks is sent. */
  async rotateTaskSecret(graceMs: number, call: Call): Promise<RotatedTaskSecret> {
    const now = this.clock.now();
    const secret = newSecret();
    const previousValidUntil = graceMs === 0 ? null : now.wall + graceMs;
    await this.store.rotateTaskSecret(secret, previousValidUntil, call.actor, now);
    return { secret, previousValidUntil };
  }

  /** Throws `webhook_not_found`, `webhook_disabled`. */
  async test(id: string, call: Call): Promise<WebhookDelivery> {
    const { enabled } = found(id, await this.store.find(id));
    if (!enabled) throw new ApiError('webhook_disabled');
    return found(id, await this.store.test(id, call.actor, this.clock.now()));
  }

  async deliveries(webhookId: string | null, { limit, cursor, state }: DeliveryQueryDto) {
    if (webhookId !== null) found(webhookId, await this.store.find(webhookId));
    const filter = { webhookId, state: state ?? null };
    const { deliveries, next } = await this.store.deliveries(filter, pageLimit(limit), before(cursor));
    return { items: deliveries, nextCursor: next === null ? null : encodeIdCursor(next) };
  }

  /** Throws `delivery_not_found`. */
  async delivery(id: string): Promise<WebhookDeliveryInFull> {
    const delivery = await this.store.delivery(id);
    if (!delivery) throw unknownDelivery(id);
    return delivery;
  }

  /** Throws `delivery_not_found`, `webhook_disabled`. */
  async resend(id: string, call: Call): Promise<WebhookDelivery> {
    const resent = await this.store.resend(id, call.actor, this.clock.now());
    if (resent === 'unknown') throw unknownDelivery(id);
    if (resent === 'disabled') throw new ApiError('webhook_disabled');
    return resent;
  }
}

const before = (cursor: string | undefined) => (cursor === undefined ? null : decodeIdCursor(cursor));

const toRecord = ({ events, ...webhook }: Webhook): WebhookRecord => ({
  ...webhook,
  events: [...events] as WebhookFilter[],
});

function found<T>(id: string, webhook: T | null): T {
  if (!webhook) throw unknownWebhook(id);
  return webhook;
}

const unknownWebhook = (id: string) => new ApiError('webhook_not_found', `there is no webhook ${id}`);
const unknownDelivery = (id: string) => new ApiError('delivery_not_found', `there is no delivery ${id}`);
