/** What a webhook can be told of, as the audit names it; a task tells its last end only, not those that are retried. */
export const WEBHOOK_EVENTS = [
  'task.completed',
  'task.failed',
  'task.timed_out',
  'task.cancelled',
  'task.expired',
  'task.lost',
  'worker.registered',
  'worker.offline',
  'schedule.fired',
  'schedule.skipped',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** What a webhook may ask for: single events, or all of a kind. */
export const WEBHOOK_FILTERS = [...WEBHOOK_EVENTS, 'task.*', 'worker.*', 'schedule.*'] as const;
export type WebhookFilter = (typeof WEBHOOK_FILTERS)[number];

/** The `type` of a message that tries a webhook out. */
export const WEBHOOK_PING = 'ping';

/** `pending`: not taken yet, and tried again; `failed`: given up after a day. */
export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** `gone`: it has answered 410; `failing`: it has taken nothing for three days. */
export const DISABLED_REASONS = ['gone', 'failing'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** Why a text is no URL that a webhook may have, or null. */
export function webhookUrlMistake(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) return 'must be an http or https URL, such as https://example.org/hook';
  if (url.username !== '' || url.password !== '') {
    return 'must not hold a user or a password: leave them out, the signature tells who sends it';
  }
  return null;
}

/** A standing webhook as reads show it, never with its secret. Times are milliseconds since the Unix epoch. */
export interface WebhookRecord {
  id: string;
  url: string;
  events: WebhookFilter[];
  description: string;
  /** False: it is told of nothing, and what waits for it stays where it is. */
  enabled: boolean;
  /** Why the server has disabled it; null when it has not. */
  disabledReason: DisabledReason | null;
  createdAt: number;
  updatedAt: number;
  /** When it was given its present secret, if not at first. */
  rotatedAt: number | null;
  /** Since when it has taken nothing; null while it takes what it is sent. */
  failingSince: number | null;
}

/** The only answers that show a secret. */
export interface CreatedWebhook extends WebhookRecord {
  /** `whsec_` and base64, as Standard Webhooks has it. */
  secret: string;
}

export interface RotatedWebhook extends CreatedWebhook {
  /** Until when the secret before this one signs as well; null: no more. */
  previousValidUntil: number | null;
}

/** The secret that signs what the `webhook` of tasks is sent. */
export interface RotatedTaskSecret {
  secret: string;
  previousValidUntil: number | null;
}

/** One message to one receiver. Times are milliseconds since the Unix epoch. */
export interface WebhookDelivery {
  /** Also its `webhook-id`, the same on every attempt. */
  id: string;
  /** The standing webhook that it is for; null for the `webhook` of a task. */
  webhookId: string | null;
  type: string;
  taskId: string | null;
  url: string;
  state: DeliveryState;
  /** Since it was written, or sent again by hand. */
  attempts: number;
  createdAt: number;
  /** When it is tried next; null when it is not. */
  nextAttemptAt: number | null;
  lastAttemptAt: number | null;
  /** What the receiver has answered last. */
  responseStatus: number | null;
  /** Why the last attempt failed, for a person. */
  error: string | null;
}

/** With the body, byte for byte as every attempt sends it. */
export interface WebhookDeliveryInFull extends WebhookDelivery {
  body: string;
}

/** The body that a receiver gets. */
export interface WebhookMessage {
  type: WebhookEvent | typeof WEBHOOK_PING;
  /** When it happened, as ISO 8601 has it. */
  timestamp: string;
  data: Record<string, unknown>;
}
