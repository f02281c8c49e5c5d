import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from '#logging';
import { inPages } from '../background-work.js';
import type { Clock } from '../domain/clock.js';
import { CLOCK, LOGGER, SCHEDULE_STORE } from '../injection-tokens.js';
import type { ScheduleStore } from '../storage/schedule-store.js';

/** How many fire times one transaction forgets: the event loop is free between two. */
const PAGE = 200;
/** How long a fire time is remembered, so that a clock that is put back by less does not bring it again. */
const REMEMBERED_MS = 40 * 86_400_000;

/** Forgets fire times that were dealt with long ago. */
@Injectable()
export class FireSweep {
  private sweeping = false;

  constructor(
    @Inject(SCHEDULE_STORE) private readonly store: ScheduleStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @Interval(600_000)
  async forgetOld(): Promise<void> {
    if (this.sweeping) return;
    this.sweeping = true;
    try {
      await inPages(PAGE, () => this.store.forgetFires(this.clock.now().wall - REMEMBERED_MS, PAGE));
    } catch (err) {
      this.logger.error({ err }, 'could not forget old fire times; trying again in ten minutes');
    } finally {
      this.sweeping = false;
    }
  }
}
