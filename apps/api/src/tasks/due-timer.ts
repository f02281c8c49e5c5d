import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from '#logging';
import type { Clock } from '../domain/clock.js';
import { CLOCK, LOGGER, TASK_STORE, WAKEUPS } from '../injection-tokens.js';
import type { TaskStore } from '../storage/task-store.js';
import type { Wakeups } from '../wakeups/wakeups.js';

/** How many tasks one transaction makes ready. */
const PAGE = 200;
/** Timers count monotonic time: looking this often notices a wall clock that jumps. */
const LOOK_AGAIN_MS = 1000;

/** Makes tasks ready as their time comes: `delay`, `runAt`, and the pause before a further attempt. */
@Injectable()
export class DueTimer implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private unsubscribe: () => void = () => undefined;
  private promoting = false;

  constructor(
    @Inject(TASK_STORE) private readonly store: TaskStore,
    @Inject(WAKEUPS) private readonly wakeups: Wakeups,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.wakeups.subscribe(['due'], () => void this.promote());
  }

  onModuleDestroy(): void {
    this.unsubscribe();
    clearTimeout(this.timer);
  }

  @Interval(LOOK_AGAIN_MS)
  async promote(): Promise<void> {
    if (this.promoting) return;
    this.promoting = true;
    try {
      for (;;) {
        const promoted = await this.store.promoteDue(this.clock.now(), PAGE);
        if (promoted < PAGE) break;
      }
      this.arm(await this.store.nextDueAt());
    } catch (err) {
      this.logger.error({ err }, 'could not make due tasks ready; trying again in a second');
    } finally {
      this.promoting = false;
    }
  }

  /** A timer of its own only for what comes before the next look. */
  private arm(dueAt: number | null): void {
    clearTimeout(this.timer);
    const ms = dueAt === null ? Number.POSITIVE_INFINITY : dueAt - this.clock.now().wall;
    if (ms < LOOK_AGAIN_MS) this.timer = setTimeout(() => void this.promote(), Math.max(1, Math.ceil(ms)));
  }
}
