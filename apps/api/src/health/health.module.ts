import { Module } from '@nestjs/common';
import { WorkersModule } from '../workers/workers.module.js';
import { HealthController } from './health.controller.js';

@Module({ imports: [WorkersModule], controllers: [HealthController] })
export class HealthModule {}
