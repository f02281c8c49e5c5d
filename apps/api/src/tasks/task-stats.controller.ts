import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { LIMITS, type TaskStats } from '#contracts';
import { StatsQueryDto, TaskStatsDto } from '#contracts/dto';
import type { Clock } from '../domain/clock.js';
import { invalid } from '../http/problem.js';
import { Validated } from '../http/validation.js';
import { CLOCK } from '../injection-tokens.js';
import { TaskStatsService } from './task-stats.service.js';

const { steps: MOST_STEPS, step: STEP } = LIMITS.stats;

@ApiTags('Tasks')
@ApiBearerAuth()
@Controller('tasks/stats')
export class TaskStatsController {
  constructor(
    private readonly stats: TaskStatsService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Count tasks: by status now, and how those ended that ended in each step of time',
    description:
      'The steps follow each other from `from` to `to`, which is now unless it is given. A step that is over is counted anew once a minute.',
  })
  @ApiOkResponse({ type: TaskStatsDto })
  read(@Query(new Validated(StatsQueryDto)) query: StatsQueryDto): Promise<TaskStats> {
    const from = Number(query.from);
    const to = query.to === undefined ? this.clock.now().wall : Number(query.to);
    const step = Number(query.step ?? STEP.default);
    if (step < STEP.min || step > STEP.max) {
      throw invalid([{ field: 'step', message: `step must be from ${STEP.min} to ${STEP.max} ms` }]);
    }
    if (to - from > step * MOST_STEPS) {
      const message = `from must be at most ${MOST_STEPS} steps before to: take a later from or a longer step`;
      throw invalid([{ field: 'from', message }]);
    }
    return this.stats.read({ from, to, step });
  }
}
