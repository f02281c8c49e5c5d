import { Injectable } from '@nestjs/common';
import { Histogram, Registry } from 'prom-client';
import type { ReportedOutcome, TaskType } from '../domain/task.js';

const WAIT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];
const RUN_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 900, 1800, 3600, 14_400, 86_400];

/** How long tasks wait for a worker, and how long they run. */
@Injectable()
export class TaskMetrics {
  private readonly waits: Histogram;
  private readonly runs: Histogram<'type' | 'outcome'>;

  constructor(registry: Registry) {
    this.waits = new Histogram({
      name: 'openclaw_task_wait_seconds',
      help: 'How long tasks were ready before a worker got them',
      buckets: WAIT_BUCKETS,
      registers: [registry],
    });
    this.runs = new Histogram({
      name: 'openclaw_task_run_seconds',
      help: 'How long reported attempts ran',
      labelNames: ['type', 'outcome'],
      buckets: RUN_BUCKETS,
      registers: [registry],
    });
  }

  /** A worker gets a task that was ready for so many milliseconds. */
  handedOut(waited: number): void {
    // The wall clock may have been set back meanwhile.
    this.waits.observe(Math.max(0, waited) / 1000);
  }

  /** An attempt that ran for so many milliseconds was reported. */
  reported(type: TaskType, outcome: ReportedOutcome, ran: number): void {
    this.runs.observe({ type, outcome }, Math.max(0, ran) / 1000);
  }
}
