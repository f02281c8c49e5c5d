import type { Actor } from '../domain/actor.js';
import type { Instant } from '../domain/clock.js';
import type { AttemptEnd, DeliveryState, ToldAction, Webhook } from '../domain/webhook.js';
import type { StoredTask } from './task-store.js';

/** Something that webhooks are told of. */
export interface Happening {
  action: ToldAction | 'ping';
  /** Wall-clock milliseconds. */
  at: number;
  /** The worker's name or the schedule's id; of a task, its worker. */
  target: string | null;
  detail: Record<string, unknown>;
  taskId: string | null;
  /** As it is after what has happened; null for what is about no task's end. */
  task: StoredTask | null;
}

/** Writes the body that receivers get: called inside the transaction of what has happened, once for all of them. */
export type ComposeMessage = (happening: Happening) => string;

/**
 * Where webhooks live, and what they are to be sent. Messages are written by the transactions of what they tell of: here
 * they are only sent and looked at. Every change is one transaction with its audit entry inside. Errors: `StorageFull`,
 * `StorageUnavailable`.
 */
export interface WebhookStore {
  create(webhook: NewWebhook, secret: string, actor: Actor, now: Instant): Promise<Webhook>;
  find(id: string): Promise<Webhook | null>;
  /** Newest first. `before` is the `next` of the page before. */
  list(limit: number, before: string | null): Promise<{ webhooks: Webhook[]; next: string | null }>;
  /**
   * What is paused is told of nothing; what waits for it is kept, and sent once it goes on. With another URL a webhook
   * begins anew: what waits goes there, at once, and how the one before has failed is forgotten.
   */
  update(id: string, change: WebhookChange, actor: Actor, now: Instant): Promise<Webhook | null>;
  /** Removes it with its deliveries; false when there is no such webhook. */
  remove(id: string, actor: Actor, now: Instant): Promise<boolean>;
  /** Gives it another secret. The one before signs as well until `previousValidUntil`, with null not at all. */
  rotate(
    id: string,
    secret: string,
    previousValidUntil: number | null,
    actor: Actor,
    now: Instant,
  ): Promise<Webhook | null>;
  /** The same for the secret of what the `webhook` of tasks is sent. */
  rotateTaskSecret(secret: string, previousValidUntil: number | null, actor: Actor, now: Instant): Promise<void>;
  /** Writes a message that tries it out. */
  test(id: string, actor: Actor, now: Instant): Promise<Delivery | null>;

  delivery(id: string): Promise<(Delivery & { body: string }) | null>;
  /** Newest first. `before` is the `next` of the page before. */
  deliveries(
    filter: DeliveryFilter,
    limit: number,
    before: string | null,
  ): Promise<{ deliveries: Delivery[]; next: string | null }>;
  /** Makes it due now, whatever has become of it, to where its webhook goes by now; the same message under the same id. */
  resend(id: string, actor: Actor, now: Instant): Promise<Delivery | 'unknown' | 'disabled'>;

  /**
   * What is due, the longest first, but for what is in `busy`. Of very many origins each call looks at some, and the next
   * one goes on with the others.
   */
  due(now: Instant, limits: DispatchLimits, busy: readonly Dispatch[]): Promise<Dispatch[]>;
  /** The secrets that sign what goes to a webhook, the newest first; of tasks' own (null), `made` if there is none yet. */
  secrets(webhookId: string | null, made: string, now: Instant): Promise<string[]>;
  /** Takes the end of an attempt. What goes to another URL by now is not changed by it, nor is its webhook judged. */
  settle(dispatch: Pick<Dispatch, 'id' | 'url'>, end: AttemptEnd, now: Instant): Promise<void>;
  /** Removes deliveries made before `wall` that do not wait any more, at most `limit`; answers how many. */
  removeOld(wall: number, limit: number): Promise<number>;
}

export type NewWebhook = Pick<Webhook, 'id' | 'url' | 'events' | 'description' | 'enabled'>;

export type WebhookChange = Partial<Pick<Webhook, 'url' | 'events' | 'description' | 'enabled'>>;

/** Each null asks for nothing. */
export interface DeliveryFilter {
  webhookId: string | null;
  state: DeliveryState | null;
}

/** One message for one receiver. Times are wall-clock milliseconds. */
export interface Delivery {
  id: string;
  /** Null: it is for the `webhook` of a task. */
  webhookId: string | null;
  type: string;
  taskId: string | null;
  url: string;
  state: DeliveryState;
  /** Since it was written, or made due anew. */
  attempts: number;
  createdAt: number;
  nextAttemptAt: number | null;
  lastAttemptAt: number | null;
  responseStatus: number | null;
  error: string | null;
}

/** What is to be sent now. */
export interface Dispatch {
  id: string;
  webhookId: string | null;
  url: string;
  /** Whom it goes to, as `originOf` has it: how much is under way is bounded for each. */
  origin: string;
  body: string;
}

/** How much may be under way, what is busy included. */
export interface DispatchLimits {
  all: number;
  /** How much of all may be for the `webhook` of tasks; without it there is no such bound. */
  forTasks?: number;
  perOrigin: number;
}
