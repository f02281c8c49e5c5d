import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { TaskMetrics } from './task-metrics.js';

describe('TaskMetrics', () => {
  it('measures in seconds, and takes a clock that was set back for no time at all', async () => {
    const registry = new Registry();
    const metrics = new TaskMetrics(registry);
    metrics.handedOut(1500);
    metrics.handedOut(-60_000);
    metrics.reported('command', 'failed', 250);
    metrics.reported('command', 'failed', -1);
    const lines = (await registry.metrics()).split('\n');
    expect(lines).toContain('openclaw_task_wait_seconds_sum 1.5');
    expect(lines).toContain('openclaw_task_wait_seconds_count 2');
    expect(lines).toContain('openclaw_task_run_seconds_sum{type="command",outcome="failed"} 0.25');
  });
});
