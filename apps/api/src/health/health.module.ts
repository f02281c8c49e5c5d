import { Module } from '@nestjs/common';
import { SchedulesModule } from '../schedules/schedules.module.js';
import { WorkersModule } from '../workers/workers.module.js';
import { HealthController } from './health.controller.js';

@Module({ imports: [SchedulesModule, WorkersModule], controllers: [HealthController] })
export class HealthModule {}
