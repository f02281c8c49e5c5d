import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '../domain/clock.js';
import { CLOCK, SCHEDULE_STORE } from '../injection-tokens.js';
import type { ScheduleStore } from '../storage/schedule-store.js';

/** A schedule that waits this much longer than its fire time is overdue, in milliseconds. */
const OVERDUE_MS = 60_000;

/** How late the schedules are: for health and metrics. */
@Injectable()
export class ScheduleLag {
  constructor(
    @Inject(SCHEDULE_STORE) private readonly store: ScheduleStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** How many schedules are overdue, and how long the one that waits longest is past its fire time, in milliseconds. */
  async read(): Promise<{ overdue: number; lagMs: number }> {
    const { wall } = this.clock.now();
    const { overdue, earliest } = await this.store.waiting(wall - OVERDUE_MS);
    return { overdue, lagMs: Math.max(0, wall - (earliest ?? wall)) };
  }
}
