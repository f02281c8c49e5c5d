import { Module } from '@nestjs/common';
import { WorkersModule } from '../workers/workers.module.js';
import { ClaudeSessionsController } from './claude-sessions.controller.js';
import { DueTimer } from './due-timer.js';
import { ExpirySweep } from './expiry-sweep.js';
import { ShorthandsController } from './shorthands.controller.js';
import { TaskOutputController } from './task-output.controller.js';
import { TaskOutputService } from './task-output.service.js';
import { TaskStatsController } from './task-stats.controller.js';
import { TaskStatsService } from './task-stats.service.js';
import { TasksController } from './tasks.controller.js';
import { TasksService } from './tasks.service.js';

@Module({
  imports: [WorkersModule],
  // The first one before the second: `stats` is the id of no task.
  controllers: [
    TaskStatsController,
    TasksController,
    TaskOutputController,
    ClaudeSessionsController,
    ShorthandsController,
  ],
  providers: [TasksService, TaskOutputService, TaskStatsService, DueTimer, ExpirySweep],
  exports: [TasksService, TaskOutputService, ExpirySweep],
})
export class TasksModule {}
