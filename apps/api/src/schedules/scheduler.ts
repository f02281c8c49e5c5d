import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from '#logging';
import type { Clock, Instant } from '../domain/clock.js';
import { judgeDue, realignedFire, type Schedule } from '../domain/schedule.js';
import { CLOCK, LOGGER, SCHEDULE_STORE } from '../injection-tokens.js';
import { QueueFull } from '../storage/errors.js';
import type { ScheduleStore } from '../storage/schedule-store.js';
import { taskOf } from './scheduled-task.js';
import { timetableOf } from './timetable.js';

/** How many schedules are dealt with at a time, which then share a commit. */
const PAGE = 50;
/** Timers count monotonic time: looking this often notices a wall clock that jumps, and a machine that slept. */
const LOOK_AGAIN_MS = 1000;
/** Smaller corrections of the clock change nothing: a fire time that was dealt with is not dealt with again. */
const SET_BACK_MS = 1000;

/** Makes the tasks of schedules when their times come. The storage knows what is due: this only looks in time. */
@Injectable()
export class Scheduler implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private wanted = false;
  private stopped = false;
  /** How far the wall clock was ahead of the monotonic one at the most, since the schedules were last realigned. */
  private lead: number | null = null;
  /** The schedules whose last fire could not be dealt with: each is complained of once. */
  private readonly failing = new Set<string>();

  constructor(
    @Inject(SCHEDULE_STORE) private readonly store: ScheduleStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    void this.look();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.looking;
  }

  /** Deals with all that is due, and then waits for the next; when it is at that already, it looks once more. */
  look(): Promise<void> {
    this.wanted = true;
    this.looking ??= this.lookWhileWanted();
    return this.looking;
  }

  private async lookWhileWanted(): Promise<void> {
    // Not before `looking` is set, which the end of this unsets.
    await null;
    let wait = LOOK_AGAIN_MS;
    while (this.wanted && !this.stopped) {
      this.wanted = false;
      clearTimeout(this.timer);
      wait = await this.fireDue();
    }
    this.looking = undefined;
    if (!this.stopped) this.timer = setTimeout(() => void this.look(), wait);
  }

  /** Answers how long there is nothing to do, in milliseconds. */
  private async fireDue(): Promise<number> {
    try {
      const now = this.clock.now();
      await this.realignAfterJump(now);
      let page: Schedule[] = [];
      do {
        page = await this.store.due(now, PAGE, page.at(-1) ?? null);
        await Promise.all(page.map((schedule) => this.settle(schedule, now)));
      } while (page.length > 0 && !this.stopped);
      const next = (await this.store.nextFireAt(now.wall)) ?? Number.POSITIVE_INFINITY;
      return Math.min(LOOK_AGAIN_MS, Math.max(0, next - this.clock.now().wall));
    } catch (err) {
      this.logger.error({ err }, 'could not look for due schedules; trying again in a second');
      return LOOK_AGAIN_MS;
    }
  }

  /** What cannot be done now stays due and is tried at every look: later schedules are not kept waiting by it. */
  private async settle(schedule: Schedule, now: Instant): Promise<void> {
    const { id: scheduleId, name, misfire, nextFireAt } = schedule;
    try {
      const due = judgeDue(timetableOf(schedule), nextFireAt ?? now.wall, misfire, now.wall);
      const task = due.fireAt === null ? null : taskOf(schedule, due.fireAt, now.wall);
      await this.store.settle(schedule, due, task, now);
      this.failing.delete(scheduleId);
    } catch (err) {
      if (this.failing.has(scheduleId)) return;
      this.failing.add(scheduleId);
      const told = err instanceof QueueFull ? { scheduleId } : { scheduleId, err };
      this.logger.error(told, `schedule ${name} could not fire: ${(err as Error).message}; trying again every second`);
    }
  }

  /** At the start, and when the clock was set back: a schedule may be waiting for a time that is much too far away. */
  private async realignAfterJump(now: Instant): Promise<void> {
    const lead = now.wall - now.monotonic;
    if (this.lead === null || lead < this.lead - SET_BACK_MS) {
      if (this.lead !== null) this.logger.warn('the clock was set back: schedules are realigned to it');
      await this.realign(now);
      this.lead = lead;
    }
    this.lead = Math.max(this.lead, lead);
  }

  private async realign(now: Instant): Promise<void> {
    let before: number | null = null;
    do {
      const { schedules, next } = await this.store.list(PAGE, before);
      await Promise.all(schedules.filter(({ enabled }) => enabled).map((schedule) => this.realignOne(schedule, now)));
      before = next;
    } while (before !== null && !this.stopped);
  }

  private async realignOne(schedule: Schedule, now: Instant): Promise<void> {
    try {
      const nextFireAt = realignedFire(timetableOf(schedule), schedule.nextFireAt, now.wall);
      if (nextFireAt !== schedule.nextFireAt) await this.store.realign(schedule, nextFireAt);
    } catch (err) {
      this.logger.error({ err, scheduleId: schedule.id }, `schedule ${schedule.name} could not be realigned`);
    }
  }
}
