import { Module } from '@nestjs/common';
import { Registry } from 'prom-client';
import { RequestMetrics } from './request-metrics.js';
import { TaskMetrics } from './task-metrics.js';

/** What counts things as they happen; apart from what shows them, so that every feature may count. */
@Module({
  providers: [{ provide: Registry, useFactory: () => new Registry() }, TaskMetrics, RequestMetrics],
  exports: [Registry, TaskMetrics, RequestMetrics],
})
export class MeasuresModule {}
