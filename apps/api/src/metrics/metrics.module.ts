import { Module } from '@nestjs/common';
import { SchedulesModule } from '../schedules/schedules.module.js';
import { TasksModule } from '../tasks/tasks.module.js';
import { WorkersModule } from '../workers/workers.module.js';
import { MeasuresModule } from './measures.module.js';
import { MetricsController } from './metrics.controller.js';
import { ServerGauges } from './server-gauges.js';

@Module({
  imports: [MeasuresModule, TasksModule, SchedulesModule, WorkersModule],
  controllers: [MetricsController],
  providers: [ServerGauges],
})
export class MetricsModule {}
