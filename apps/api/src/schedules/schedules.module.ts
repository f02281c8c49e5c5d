import { Module } from '@nestjs/common';
import { TasksModule } from '../tasks/tasks.module.js';
import { FireSweep } from './fire-sweep.js';
import { ScheduleLag } from './schedule-lag.js';
import { Scheduler } from './scheduler.js';
import { SchedulesController } from './schedules.controller.js';
import { SchedulesService } from './schedules.service.js';

@Module({
  imports: [TasksModule],
  controllers: [SchedulesController],
  providers: [SchedulesService, Scheduler, FireSweep, ScheduleLag],
  exports: [SchedulesService, ScheduleLag],
})
export class SchedulesModule {}
