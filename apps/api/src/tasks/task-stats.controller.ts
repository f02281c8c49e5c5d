import { setImmediate as nextTurn } from 'node:timers/promises';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type EndedInStep, LIMITS, type TaskStats } from '#contracts';
import { StatsQueryDto, TaskStatsDto } from '#contracts/dto';
import type { Clock } from '../domain/clock.js';
import { invalid } from '../http/problem.js';
import { Validated } from '../http/validation.js';
import { CLOCK, TASK_STORE } from '../injection-tokens.js';
import type { TaskStore } from '../storage/task-store.js';

const HOUR = 3_600_000;
const { steps: MOST_STEPS, step: STEP } = LIMITS.stats;

@ApiTags('Tasks')
@ApiBearerAuth()
@Controller('tasks/stats')
export class TaskStatsController {
  constructor(
    @Inject(TASK_STORE) private readonly store: TaskStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Count tasks: by status now, and how those ended that ended in each step of time',
    description: 'The steps follow each other from `from` to `to`, which is now unless it is given.',
  })
  @ApiOkResponse({ type: TaskStatsDto })
  async stats(@Query(new Validated(StatsQueryDto)) query: StatsQueryDto): Promise<TaskStats> {
    const from = Number(query.from);
    const to = query.to === undefined ? this.clock.now().wall : Number(query.to);
    const step = Number(query.step ?? HOUR);
    if (step < STEP.min || step > STEP.max) {
      throw invalid([{ field: 'step', message: `step must be from ${STEP.min} to ${STEP.max} ms` }]);
    }
    if (to - from > step * MOST_STEPS) {
      const message = `from must be at most ${MOST_STEPS} steps before to: take a later from or a longer step`;
      throw invalid([{ field: 'from', message }]);
    }
    const steps: EndedInStep[] = [];
    for (let at = from; at < to; at += step) {
      steps.push({ at, ended: await this.store.ended(at, Math.min(at + step, to)) });
      // Others have their turn between the counts, each of which the database answers at a stretch.
      await nextTurn();
    }
    return { counts: await this.store.counts(), steps };
  }
}
