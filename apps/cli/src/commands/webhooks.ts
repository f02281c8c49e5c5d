import type { DeliveryFilter, OpenClawClient, WebhookTerms } from '#client';
import type { DeliveryState, WebhookDelivery, WebhookFilter, WebhookRecord } from '#contracts';
import { durationOption } from '../durations.js';
import { EXIT } from '../exit-codes.js';
import { firstOf } from '../pages.js';
import { type CommonOptions, openSession, printJson, type Session } from '../session.js';
import { harmless, listing, painter, say, type Terminal, table } from '../terminal.js';
import { formatTime } from '../times.js';
import { UsageError } from '../usage-error.js';

const ALL = 1000;
/** How often the end of a message that was sent by hand is looked for, in milliseconds. */
const LOOK_MS = 250;
/** An attempt takes 15 s at the most. */
const PATIENCE_MS = 20_000;

export interface WebhookOptions extends CommonOptions {
  events?: WebhookFilter[];
  description?: string;
}

export interface DeliveryOptions extends CommonOptions {
  state?: DeliveryState;
  limit?: number;
}

export async function listWebhooks(terminal: Terminal, options: CommonOptions): Promise<number> {
  const { client, json } = openSession(terminal, options);
  const webhooks = await firstOf(ALL, (page) => client.webhooks.list(page));
  if (json) {
    printJson(terminal, webhooks);
    return EXIT.ok;
  }
  const paint = painter(terminal.stdout, terminal.env);
  const rows = webhooks.map((webhook) => [
    webhook.id,
    stateOf(webhook, paint),
    webhook.events.join(' '),
    harmless(webhook.description === '' ? '-' : webhook.description),
    harmless(webhook.url),
  ]);
  const nothing = 'There are no standing webhooks: ocw webhooks add URL makes one.';
  terminal.stdout.write(listing(terminal, ['WEBHOOK', 'STATE', 'EVENTS', 'WHAT', 'URL'], rows, nothing));
  return EXIT.ok;
}

/** The secret goes to standard output alone, so that it can be piped; it is never shown again. */
export async function addWebhook(terminal: Terminal, url: string, options: WebhookOptions): Promise<number> {
  const session = openSession(terminal, options);
  const { events, description } = options;
  return secret(session, await session.client.webhooks.create({ url, events, description }), 'of the webhook');
}

export async function updateWebhook(
  terminal: Terminal,
  which: string,
  options: WebhookOptions & { url?: string },
): Promise<number> {
  const { url, events, description } = options;
  return changed(terminal, which, { url, events, description }, options);
}

/** Pauses it, or lets it go on. */
export async function enableWebhook(
  terminal: Terminal,
  which: string,
  enabled: boolean,
  options: CommonOptions,
): Promise<number> {
  return changed(terminal, which, { enabled }, options);
}

export async function removeWebhook(terminal: Terminal, which: string, options: CommonOptions): Promise<number> {
  const session = openSession(terminal, options);
  const { id } = await found(session, which);
  await session.client.webhooks.remove(id);
  if (session.json) printJson(terminal, { id, removed: true });
  else terminal.stdout.write(`${id} is removed, with what waited for it.\n`);
  return EXIT.ok;
}

/** A new secret for a webhook; without one, for what the `webhook` of tasks is sent. */
export async function rotateSecret(
  terminal: Terminal,
  which: string | undefined,
  options: CommonOptions & { grace?: string },
): Promise<number> {
  const session = openSession(terminal, options);
  const graceMs = durationOption('--grace', options.grace);
  const { webhooks } = session.client;
  if (which === undefined) {
    return secret(session, await webhooks.rotateTaskSecret(graceMs), 'of what tasks send to their own webhooks');
  }
  return secret(session, await webhooks.rotate((await found(session, which)).id, graceMs), 'of the webhook');
}

/** Sends it a message and tells how that went. */
export async function testWebhook(terminal: Terminal, which: string, options: CommonOptions): Promise<number> {
  const session = openSession(terminal, options);
  return attempted(session, await session.client.webhooks.test((await found(session, which)).id));
}

export async function listDeliveries(
  terminal: Terminal,
  which: string | undefined,
  { state, limit = 20, ...options }: DeliveryOptions,
): Promise<number> {
  const session = openSession(terminal, options);
  const filter: DeliveryFilter = { state };
  if (which !== undefined) filter.webhookId = (await found(session, which)).id;
  const deliveries = await firstOf(limit, (page) => session.client.webhooks.deliveries(filter, page));
  if (session.json) {
    printJson(terminal, deliveries);
    return EXIT.ok;
  }
  const rows = deliveries.map((delivery) => [
    delivery.id,
    formatTime(delivery.createdAt),
    delivery.type,
    delivery.state,
    String(delivery.attempts),
    harmless(outcomeOf(delivery)),
  ]);
  const titles = ['DELIVERY', 'MADE', 'EVENT', 'STATE', 'TRIED', 'HOW IT WENT'];
  terminal.stdout.write(listing(terminal, titles, rows, 'No such deliveries.'));
  return EXIT.ok;
}

/** Sends the same message again and tells how that went. */
export async function resend(terminal: Terminal, delivery: string, options: CommonOptions): Promise<number> {
  const session = openSession(terminal, options);
  return attempted(session, await session.client.webhooks.resend(delivery));
}

async function changed(
  terminal: Terminal,
  which: string,
  terms: Partial<WebhookTerms>,
  options: CommonOptions,
): Promise<number> {
  const session = openSession(terminal, options);
  if (Object.values(terms).every((term) => term === undefined)) {
    throw new UsageError('say what to change: --url, --event or --description');
  }
  const webhook = await session.client.webhooks.change((await found(session, which)).id, terms);
  if (session.json) {
    printJson(terminal, webhook);
    return EXIT.ok;
  }
  const paint = painter(terminal.stdout, terminal.env);
  const rows: [string, string][] = [
    ['webhook', webhook.id],
    ['url', harmless(webhook.url)],
    ['events', webhook.events.join(' ')],
    ['state', stateOf(webhook, paint)],
  ];
  terminal.stdout.write(table(rows.map(([name, value]) => [paint('dim', name), value])));
  return EXIT.ok;
}

/** Waits until the message that was sent by hand has been tried once more. */
async function attempted({ terminal, client, json }: Session, sent: WebhookDelivery): Promise<number> {
  const delivery = await onceTried(client, sent);
  if (json) printJson(terminal, delivery);
  else terminal.stdout.write(`${delivery.id} ${delivery.state}: ${harmless(outcomeOf(delivery))}\n`);
  return delivery.state === 'delivered' ? EXIT.ok : EXIT.failed;
}

async function onceTried(client: OpenClawClient, sent: WebhookDelivery): Promise<WebhookDelivery> {
  const until = Date.now() + PATIENCE_MS;
  for (let seen = sent; ; seen = await client.webhooks.delivery(sent.id)) {
    if (seen.attempts > sent.attempts || Date.now() > until) return seen;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function secret({ terminal, json }: Session, made: { secret: string }, whose: string): number {
  if (json) {
    printJson(terminal, made);
    return EXIT.ok;
  }
  say(terminal, `the secret ${whose}${'id' in made ? ` ${made.id}` : ''} is shown this once:`);
  terminal.stdout.write(`${made.secret}\n`);
  return EXIT.ok;
}

/** By id, or by a description that only one has. */
async function found({ client }: Session, which: string): Promise<WebhookRecord> {
  const all = await firstOf(ALL, (page) => client.webhooks.list(page));
  const named = all.filter(({ id, description }) => id === which || description === which);
  const [one] = named;
  if (!one) throw new UsageError(`there is no webhook ${which}: ocw webhooks lists them`);
  if (named.length > 1) throw new UsageError(`${named.length} webhooks are called ${which}: say which by its id`);
  return one;
}

function stateOf({ enabled, disabledReason, failingSince }: WebhookRecord, paint: ReturnType<typeof painter>): string {
  if (disabledReason === 'gone') return paint('red', 'gone');
  if (disabledReason === 'failing') return paint('red', 'given up');
  if (!enabled) return paint('yellow', 'paused');
  return failingSince === null ? paint('green', 'on') : paint('red', 'failing');
}

function outcomeOf({ state, responseStatus, error, nextAttemptAt, attempts }: WebhookDelivery): string {
  if (state === 'delivered') return `answered ${responseStatus}`;
  if (attempts === 0) return nextAttemptAt === null ? 'its webhook is paused' : 'not tried yet';
  return nextAttemptAt === null ? String(error) : `${error}; again at ${formatTime(nextAttemptAt)}`;
}
