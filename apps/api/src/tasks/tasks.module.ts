import { Module } from '@nestjs/common';
import { WorkersModule } from '../workers/workers.module.js';
import { ClaudeSessionsController } from './claude-sessions.controller.js';
import { DueTimer } from './due-timer.js';
import { ExpirySweep } from './expiry-sweep.js';
import { ShorthandsController } from './shorthands.controller.js';
import { TasksController } from './tasks.controller.js';
import { TasksService } from './tasks.service.js';

@Module({
  imports: [WorkersModule],
  controllers: [TasksController, ClaudeSessionsController, ShorthandsController],
  providers: [TasksService, DueTimer, ExpirySweep],
  exports: [TasksService, ExpirySweep],
})
export class TasksModule {}
