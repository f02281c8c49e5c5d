import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from '#logging';
import { inPages } from '../background-work.js';
import type { Config } from '../config.js';
import type { Clock } from '../domain/clock.js';
import { AWAY_MS } from '../domain/lease.js';
import { CLOCK, CONFIG, LOGGER, OUTPUT_STORE, TASK_STORE } from '../injection-tokens.js';
import type { OutputStore } from '../storage/output-store.js';
import type { TaskStore } from '../storage/task-store.js';

/** How many tasks one transaction of a sweep touches: the event loop is free between two. */
const OVERDUE_PAGE = 200;
const PAGE = 50;

/** Ends what has waited or been silent for too long, and removes what is old. */
@Injectable()
export class ExpirySweep {
  private sweeping = false;
  private removing = false;
  /** Monotonic milliseconds. */
  private sweptAt: number;

  constructor(
    @Inject(TASK_STORE) private readonly store: TaskStore,
    @Inject(OUTPUT_STORE) private readonly output: OutputStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.sweptAt = clock.now().monotonic;
  }

  /** Milliseconds since overdue tasks were last ended, or since the start. */
  get lagMs(): number {
    return this.clock.now().monotonic - this.sweptAt;
  }

  /** Contract: an expired task is seen as such within 5 s. */
  @Interval(1000)
  async endOverdue(): Promise<void> {
    if (this.sweeping) return;
    this.sweeping = true;
    try {
      // Without rests: callers wait for these, and the longer it takes the more the server seems to have been away.
      while ((await this.store.expireOverdue(this.clock.now(), OVERDUE_PAGE)) === OVERDUE_PAGE);
      // Their polls wait to be read, as after a restart.
      if (this.lagMs > AWAY_MS) await this.store.resumeLeases(this.clock.now());
      else while ((await this.store.loseLapsed(this.clock.now(), OVERDUE_PAGE)) === OVERDUE_PAGE);
      this.sweptAt = this.clock.now().monotonic;
    } catch (err) {
      this.logger.error({ err }, 'could not end overdue tasks; trying again in a second');
    } finally {
      this.sweeping = false;
    }
  }

  @Interval(60_000)
  async removeOld(): Promise<void> {
    if (this.removing) return;
    this.removing = true;
    try {
      const oldest = this.clock.now().wall - this.config.retentionMs;
      // Before their tasks, which would take all of it along in one transaction.
      await inPages(PAGE, () => this.output.removeOfEnded(oldest, PAGE));
      await inPages(PAGE, () => this.store.removeEnded(oldest, this.clock.now(), PAGE));
      await this.store.forgetOld(this.clock.now());
    } catch (err) {
      this.logger.error({ err }, 'could not remove old tasks; trying again in a minute');
    } finally {
      this.removing = false;
    }
  }
}
