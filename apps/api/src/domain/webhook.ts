/** What webhooks can be told of, as the audit names it: of a task, its last end only. */
export const TOLD_ACTIONS = [
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
export type ToldAction = (typeof TOLD_ACTIONS)[number];

/** A standing webhook. Times are wall-clock milliseconds. */
export interface Webhook {
  id: string;
  url: string;
  /** Names of actions, or all of a kind such as `task.*`. */
  events: readonly string[];
  description: string;
  enabled: boolean;
  disabledReason: DisabledReason | null;
  createdAt: number;
  updatedAt: number;
  rotatedAt: number | null;
  /** Since when every attempt has failed; null when the newest has not. */
  failingSince: number | null;
}

/** It has answered 410, or has taken nothing for days. */
export type DisabledReason = 'gone' | 'failing';

/**
 * Whom the number of attempts under way is bounded for: with a standing webhook its scheme, host and port, which admins
 * choose; with the `webhook` of a task the host alone, as whoever may submit tasks may name any number of ports.
 */
export function originOf(webhookId: string | null, url: string): string {
  const { origin, hostname } = new URL(url);
  return webhookId === null ? `//${hostname.replace(/\.$/, '')}` : origin;
}

export type DeliveryState = 'pending' | 'delivered' | 'failed';

/** How an attempt to deliver has ended. */
export interface AttemptEnd {
  delivered: boolean;
  /** What the receiver has answered; null when it has not. */
  status: number | null;
  /** Why it is not delivered, for a person: without anything of the URL that may be secret. */
  error: string | null;
  /** How long the receiver wants to be left alone, in milliseconds. */
  retryAfter: number | null;
}

const HOUR_MS = 3_600_000;
/** How long a delivery is tried for. */
const PATIENCE_MS = 24 * HOUR_MS;
/** How long a webhook may take nothing before it is disabled. */
const FAILING_MS = 3 * 24 * HOUR_MS;
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 2 * HOUR_MS;
/** However long a receiver asks for, it is tried again after this. */
const LONGEST_RETRY_AFTER_MS = 12 * HOUR_MS;
/** How much longer than its back-off a pause may be, so that what failed together is not tried together. */
const JITTER = 0.5;
/** The status by which a receiver says that it wants nothing any more. */
const GONE = 410;

export const isTold = (action: string): action is ToldAction => TOLD_ACTIONS.some((told) => told === action);

/** The actions that `events` name. */
export const actionsOf = (events: readonly string[]): ToldAction[] =>
  TOLD_ACTIONS.filter((action) => events.some((one) => one === action || one === `${action.split('.')[0]}.*`));

/**
 * When a delivery that was not taken is tried again, in wall-clock milliseconds; null when it is given up.
 * @param attempts how many there were, this one included
 * @param since when the first of them was due
 * @param random from 0 to 1
 */
export function nextAttemptAt(
  { attempts, since }: { attempts: number; since: number },
  { status, retryAfter }: Pick<AttemptEnd, 'status' | 'retryAfter'>,
  now: number,
  random: number,
): number | null {
  const last = since + PATIENCE_MS;
  if (status === GONE || now >= last) return null;
  const backOff = Math.min(FIRST_PAUSE_MS * 3 ** Math.max(0, attempts - 1), LONGEST_PAUSE_MS);
  const pause = Math.max(backOff * (1 + JITTER * random), Math.min(retryAfter ?? 0, LONGEST_RETRY_AFTER_MS));
  return Math.min(Math.ceil(now + pause), last);
}

/** Why a webhook is to be disabled after an attempt that failed; null: it is not. */
export function disabledAfter(
  failingSince: number | null,
  { status }: Pick<AttemptEnd, 'status'>,
  now: number,
): DisabledReason | null {
  if (status === GONE) return 'gone';
  return failingSince !== null && now - failingSince >= FAILING_MS ? 'failing' : null;
}
