import { setTimeout as delay } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from '#logging';
import { inPages } from '../background-work.js';
import type { Config } from '../config.js';
import type { Clock } from '../domain/clock.js';
import type { AttemptEnd } from '../domain/webhook.js';
import { CLOCK, CONFIG, LOGGER, WAKEUPS, WEBHOOK_STORE } from '../injection-tokens.js';
import { WebhookMetrics } from '../metrics/webhook-metrics.js';
import { Shutdown } from '../shutdown.js';
import type { Dispatch, WebhookStore } from '../storage/webhook-store.js';
import type { Wakeups } from '../wakeups/wakeups.js';
import { AddressGuard } from './address-guard.js';
import { newSecret, signatureHeaders } from './signature.js';
import { WebhookSender } from './webhook-sender.js';
import { within } from './within.js';

/**
 * How many attempts are under way at a time: a receiver that does not answer takes none of the others' places, and whoever
 * may submit tasks none of those that are left for standing webhooks.
 */
const AT_ONCE = { all: 32, forTasks: 24, perOrigin: 4 };
/** What is due for a further attempt is seen this late at the most. */
const LOOK_AGAIN_MS = 1000;
/** How long attempts that are under way may take when the server stops; those that are cut off are made again. */
const GRACE_MS = 2000;
/** How long those may take to end: one that does not keeps the server from stopping no longer. */
const CUT_OFF_MS = 1000;
/** How many deliveries one transaction removes. */
const PAGE = 100;

/** Sends what waits for receivers. The storage knows what is due: whatever happens here, it is sent once at least. */
@Injectable()
export class Deliverer implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private readonly sender: WebhookSender;
  private readonly underWay = new Map<Dispatch, Promise<void>>();
  private readonly cutOff = new AbortController();
  private unsubscribe: () => void = () => undefined;
  private looking: Promise<void> | undefined;
  private wanted = false;
  private removing = false;

  constructor(
    @Inject(WEBHOOK_STORE) private readonly store: WebhookStore,
    @Inject(WAKEUPS) private readonly wakeups: Wakeups,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly metrics: WebhookMetrics,
    private readonly shutdown: Shutdown,
  ) {
    this.sender = new WebhookSender(new AddressGuard(config.webhookAllowedAddresses));
  }

  onModuleInit(): void {
    this.unsubscribe = this.wakeups.subscribe(['deliveries'], () => void this.look());
  }

  onApplicationBootstrap(): void {
    void this.look();
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.looking;
    const ended = Promise.allSettled(this.underWay.values());
    await within(GRACE_MS, ended);
    this.cutOff.abort();
    await within(CUT_OFF_MS, ended);
  }

  /** Begins whatever is due and has room; when it is at that already, it looks once more. */
  @Interval(LOOK_AGAIN_MS)
  look(): Promise<void> {
    this.wanted = true;
    this.looking ??= this.lookWhileWanted();
    return this.looking;
  }

  /** Deliveries are kept as long as tasks are. */
  @Interval(60_000)
  async removeOld(): Promise<void> {
    if (this.removing) return;
    this.removing = true;
    try {
      const oldest = this.clock.now().wall - this.config.retentionMs;
      await inPages(PAGE, async () => (this.shutdown.begun ? 0 : this.store.removeOld(oldest, PAGE)));
    } catch (err) {
      this.logger.error({ err }, 'could not remove old deliveries; trying again in a minute');
    } finally {
      this.removing = false;
    }
  }

  private async lookWhileWanted(): Promise<void> {
    // Not before `looking` is set, which the end of this unsets.
    await null;
    try {
      while (this.wanted && !this.shutdown.begun) {
        this.wanted = false;
        const due = await this.store.due(this.clock.now(), AT_ONCE, [...this.underWay.keys()]);
        for (const dispatch of due) this.begin(dispatch);
      }
    } catch (err) {
      this.logger.error({ err }, 'could not look for deliveries; trying again in a second');
    } finally {
      this.looking = undefined;
    }
  }

  private begin(dispatch: Dispatch): void {
    const attempt = this.attempt(dispatch)
      .then(() => true)
      .catch((err) => {
        this.logger.error(
          { err, delivery: dispatch.id },
          'a delivery could not be attempted; trying again in a second',
        );
        return false;
      })
      .then((attempted) => {
        this.underWay.delete(dispatch);
        if (attempted) void this.look();
      });
    this.underWay.set(dispatch, attempt);
  }

  private async attempt(dispatch: Dispatch): Promise<void> {
    const { id, webhookId, url, body } = dispatch;
    const now = this.clock.now();
    const secrets = await this.store.secrets(webhookId, newSecret(), now);
    // Removed since it was looked for, with its deliveries.
    if (secrets.length === 0) return;
    const end = await this.sender.send(url, body, signatureHeaders(id, body, secrets, now.wall), this.cutOff.signal);
    // It stays due: the next start sends it again.
    if (!end.delivered && this.cutOff.signal.aborted) return;
    this.metrics.attempted(end.delivered);
    if (!end.delivered)
      this.logger.warn(
        { delivery: id, webhookId, to: new URL(url).origin, status: end.status },
        `a webhook was not delivered: ${end.error}`,
      );
    await this.settle(dispatch, end);
  }

  /** What the receiver has said is kept until it can be written down: asking it again would send it the message twice. */
  private async settle(dispatch: Dispatch, end: AttemptEnd): Promise<void> {
    for (;;) {
      try {
        return await this.store.settle(dispatch, end, this.clock.now());
      } catch (err) {
        if (this.shutdown.begun) throw err;
        this.logger.error(
          { err, delivery: dispatch.id },
          'the end of a delivery could not be stored; trying again in a second',
        );
        await delay(LOOK_AGAIN_MS, undefined, { signal: this.shutdown.signal }).catch(() => undefined);
      }
    }
  }
}
