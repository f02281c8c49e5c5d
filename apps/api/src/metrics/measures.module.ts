import { Module } from '@nestjs/common';
import { Registry } from 'prom-client';
import { RequestMetrics } from './request-metrics.js';
import { TaskMetrics } from './task-metrics.js';
import { WebhookMetrics } from './webhook-metrics.js';

/** What counts things as they happen; apart from what shows them, so that every feature may count. */
@Module({
  providers: [{ provide: Registry, useFactory: () => new Registry() }, TaskMetrics, RequestMetrics, WebhookMetrics],
  exports: [Registry, TaskMetrics, RequestMetrics, WebhookMetrics],
})
export class MeasuresModule {}
