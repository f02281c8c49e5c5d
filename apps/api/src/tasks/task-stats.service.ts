import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { EndedInStep, TaskStats } from '#contracts';
import type { Clock } from '../domain/clock.js';
import { CLOCK, TASK_STORE } from '../injection-tokens.js';
import type { TaskStore } from '../storage/task-store.js';

/** For how long a count of a time that is over is good, in milliseconds: few tasks are removed or revived so late. */
const GOOD_FOR_MS = 60_000;
/** Counts that are remembered: those of some pages that look at the same day. */
const MOST_REMEMBERED = 1000;

type Ended = EndedInStep['ended'];

/** Counts tasks. An hour of 40,000 tasks takes the database some 15 ms, so that what is over is not counted all the time. */
@Injectable()
export class TaskStatsService {
  private readonly remembered = new Map<string, { ended: Ended; until: number }>();

  constructor(
    @Inject(TASK_STORE) private readonly store: TaskStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Times are wall-clock milliseconds; the last step may be a short one. */
  async read({ from, to, step }: { from: number; to: number; step: number }): Promise<TaskStats> {
    const steps: EndedInStep[] = [];
    for (let at = from; at < to; at += step) {
      steps.push({ at, ended: await this.ended(at, Math.min(at + step, to)) });
    }
    return { counts: await this.store.counts(), steps };
  }

  private async ended(from: number, to: number): Promise<Ended> {
    const { wall, monotonic } = this.clock.now();
    const key = `${from} ${to}`;
    const known = this.remembered.get(key);
    if (known && known.until > monotonic) return known.ended;
    // Others have their turn between the counts, each of which the database answers at a stretch.
    await nextTurn();
    const ended = await this.store.ended(from, to);
    if (to <= wall) this.remember(key, { ended, until: monotonic + GOOD_FOR_MS });
    return ended;
  }

  private remember(key: string, count: { ended: Ended; until: number }): void {
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    this.remembered.set(key, count);
  }
}
