import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from '#logging';
import { inPages } from '../background-work.js';
import type { Config } from '../config.js';
import type { Clock } from '../domain/clock.js';
import { AUDIT_STORE, CLOCK, CONFIG, LOGGER } from '../injection-tokens.js';
import { Shutdown } from '../shutdown.js';
import type { AuditStore } from '../storage/audit-store.js';
import { ChainReaders } from './chain-readers.js';

/** How many entries one transaction removes: the event loop is free between two. */
const PAGE = 100;

/** Removes entries that are older than `AUDIT_RETENTION_DAYS`, behind a checkpoint that the rest verifies from. */
@Injectable()
export class AuditRetention implements OnApplicationBootstrap {
  private sweeping = false;

  constructor(
    @Inject(AUDIT_STORE) private readonly store: AuditStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly readers: ChainReaders,
    private readonly shutdown: Shutdown,
  ) {}

  onApplicationBootstrap(): void {
    void this.sweep();
  }

  @Interval(3_600_000)
  async sweep(): Promise<void> {
    if (this.sweeping) return;
    this.sweeping = true;
    try {
      // What a run before has named and not removed, because the server ended, is removed by this one.
      const now = this.clock.now();
      await this.store.checkpoint(now.wall - this.config.auditRetentionMs, now);
      await inPages(PAGE, async () =>
        this.shutdown.begun ? 0 : this.readers.whenIdle(() => this.store.removeCovered(PAGE)),
      );
    } catch (err) {
      if (!this.shutdown.begun)
        this.logger.error({ err }, 'could not remove old audit entries; trying again in an hour');
    } finally {
      this.sweeping = false;
    }
  }
}
