import type {
  CreatedWebhook,
  DeliveryState,
  RotatedTaskSecret,
  RotatedWebhook,
  WebhookDelivery,
  WebhookDeliveryInFull,
  WebhookFilter,
  WebhookRecord,
} from '#contracts';
import type { CallOptions, Page, PageOptions } from './tasks.js';
import type { Transport } from './transport.js';

/** What a standing webhook is made of; without `events` it is told of every end of a task. */
export interface WebhookTerms {
  url: string;
  events?: WebhookFilter[];
  description?: string;
  enabled?: boolean;
}

/** Without `webhookId`: of all, those of the `webhook` of tasks among them. */
export interface DeliveryFilter {
  webhookId?: string;
  state?: DeliveryState;
}

const pathOf = (id: string) => `/webhooks/${encodeURIComponent(id)}`;
const deliveryPath = (id: string) => `/webhooks/deliveries/${encodeURIComponent(id)}`;

/** Standing webhooks, and what was sent to any. For tokens of the role `admin`. */
export class Webhooks {
  constructor(private readonly transport: Transport) {}

  /** The only answer that shows the secret. */
  create(terms: WebhookTerms, { signal }: CallOptions = {}): Promise<CreatedWebhook> {
    return this.transport.json({ method: 'POST', path: '/webhooks', body: terms, signal });
  }

  list({ limit, cursor, signal }: PageOptions = {}): Promise<Page<WebhookRecord>> {
    return this.transport.json({ path: '/webhooks', query: { limit, cursor }, signal });
  }

  read(id: string, { signal }: CallOptions = {}): Promise<WebhookRecord> {
    return this.transport.json({ path: pathOf(id), signal });
  }

  change(id: string, terms: Partial<WebhookTerms>, { signal }: CallOptions = {}): Promise<WebhookRecord> {
    return this.transport.json({ method: 'PATCH', path: pathOf(id), body: terms, signal, repeatable: true });
  }

  async remove(id: string, { signal }: CallOptions = {}): Promise<void> {
    await this.transport.json({ method: 'DELETE', path: pathOf(id), signal });
  }

  /** @param graceMs for how long the old secret signs as well, in milliseconds */
  rotate(id: string, graceMs?: number, { signal }: CallOptions = {}): Promise<RotatedWebhook> {
    return this.transport.json({ method: 'POST', path: `${pathOf(id)}/rotate`, body: { graceMs }, signal });
  }

  /** A new secret for what the `webhook` of tasks is sent: the only way to learn one. */
  rotateTaskSecret(graceMs?: number, { signal }: CallOptions = {}): Promise<RotatedTaskSecret> {
    return this.transport.json({ method: 'POST', path: '/webhooks/task-secret/rotate', body: { graceMs }, signal });
  }

  /** Sends it a message that says nothing; the delivery tells what becomes of it. */
  test(id: string, { signal }: CallOptions = {}): Promise<WebhookDelivery> {
    return this.transport.json({ method: 'POST', path: `${pathOf(id)}/test`, body: {}, signal });
  }

  /** Newest first. */
  deliveries(
    { webhookId, state }: DeliveryFilter = {},
    { limit, cursor, signal }: PageOptions = {},
  ): Promise<Page<WebhookDelivery>> {
    const path = `${webhookId === undefined ? '/webhooks' : pathOf(webhookId)}/deliveries`;
    return this.transport.json({ path, query: { state, limit, cursor }, signal });
  }

  delivery(id: string, { signal }: CallOptions = {}): Promise<WebhookDeliveryInFull> {
    return this.transport.json({ path: deliveryPath(id), signal });
  }

  /** The same message again, under the same `webhook-id`. */
  resend(id: string, { signal }: CallOptions = {}): Promise<WebhookDelivery> {
    return this.transport.json({ method: 'POST', path: `${deliveryPath(id)}/resend`, body: {}, signal });
  }
}
