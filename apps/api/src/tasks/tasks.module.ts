import { Module } from '@nestjs/common';
import { ExpirySweep } from './expiry-sweep.js';
import { ShorthandsController } from './shorthands.controller.js';
import { TasksController } from './tasks.controller.js';
import { TasksService } from './tasks.service.js';

@Module({
  controllers: [TasksController, ShorthandsController],
  providers: [TasksService, ExpirySweep],
})
export class TasksModule {}
