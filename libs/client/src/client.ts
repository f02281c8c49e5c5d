import type { Notified } from '#contracts';
import { type ClaudeSession, type Health, Schedules, Tokens, Workers } from './administration.js';
import { Audit } from './audit.js';
import { type EventFilter, type EventOptions, type LiveEvent, liveEvents } from './events.js';
import { type CallOptions, Tasks } from './tasks.js';
import { type ClientOptions, Transport } from './transport.js';
import { Webhooks } from './webhooks.js';

/**
 * The API for programs, in Node and in browsers. Calls that are safe to repeat, submissions among them, are tried again over
 * a network that fails. What is refused throws a `RefusedError`; what cannot be reached, an `UnreachableError`.
 */
export class OpenClawClient {
  readonly tasks: Tasks;
  readonly schedules: Schedules;
  readonly workers: Workers;
  readonly tokens: Tokens;
  readonly webhooks: Webhooks;
  readonly audit: Audit;
  private readonly transport: Transport;

  constructor(options: ClientOptions) {
    this.transport = new Transport(options);
    this.tasks = new Tasks(this.transport);
    this.schedules = new Schedules(this.transport);
    this.workers = new Workers(this.transport);
    this.tokens = new Tokens(this.transport);
    this.webhooks = new Webhooks(this.transport);
    this.audit = new Audit(this.transport);
  }

  /** What changes from now on, or has changed since `after`; ends only by the signal, or when it is refused. */
  events(filter: EventFilter = {}, options: EventOptions = {}): AsyncGenerator<LiveEvent> {
    return liveEvents(this.transport, filter, options);
  }

  /** Conversations with Claude Code, newest first. */
  async claudeSessions(signal?: AbortSignal): Promise<ClaudeSession[]> {
    const { sessions } = await this.transport.json<{ sessions: ClaudeSession[] }>({ path: '/claude/sessions', signal });
    return sessions;
  }

  /** Posts a message to a channel of Discord; one of more than 2,000 characters with the whole of it as a file. */
  notify(channel: string, message: string, { signal }: CallOptions = {}): Promise<Notified> {
    return this.transport.json({ method: 'POST', path: '/notify', body: { channel, message }, signal });
  }

  /** Text in the exposition format of Prometheus. */
  async metrics({ signal }: CallOptions = {}): Promise<string> {
    const response = await this.transport.send({ path: '/metrics', headers: { Accept: 'text/plain' }, signal });
    return response.text();
  }

  /** Needs no token. */
  health(signal?: AbortSignal): Promise<Health> {
    return this.transport.json({ path: '/health', signal });
  }
}
