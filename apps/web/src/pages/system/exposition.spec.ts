import { describe, expect, it } from '@jest/globals';
import { Gauge, Histogram, Registry } from 'prom-client';
import { parseExposition, total } from './exposition.js';

describe('the text format of the metrics', () => {
  it('is read as prom-client writes it', async () => {
    const registers = [new Registry()];
    const gauge = new Gauge({ name: 'tasks', help: 'a "help" {x="1"} 5', labelNames: ['status'], registers });
    gauge.set({ status: 'quo"te, back\\slash\nline }' }, 1.5e-7);
    gauge.set({ status: 'pending' }, 3);
    const histogram = new Histogram({ name: 'wait', help: 'waits', buckets: [1], registers });
    histogram.observe(2);
    const samples = parseExposition((await registers[0]?.metrics()) ?? '');
    expect(samples).toContainEqual({ name: 'tasks', labels: { status: 'quo"te, back\\slash\nline }' }, value: 1.5e-7 });
    expect(samples).toContainEqual({ name: 'wait_bucket', labels: { le: '+Inf' }, value: 1 });
    expect(samples).toContainEqual({ name: 'wait_sum', labels: {}, value: 2 });
    expect(total(samples, 'tasks', { status: 'pending' })).toBe(3);
    expect(total(samples, 'wait_bucket')).toBe(1);
    expect(total(samples, 'nothing')).toBeNull();
  });

  it.each([
    ['up 1 1395066363000', 1],
    ['up\t-Inf', -Infinity],
    ['up{} 0', 0],
  ])('is read where other programs write it differently: %j', (line, value) => {
    expect(parseExposition(`${line}\r\n`)).toEqual([{ name: 'up', labels: {}, value }]);
  });

  it('has comments and lines that are no samples, which are left out', () => {
    expect(parseExposition('# HELP up 1\n\n<html>\nup\n')).toEqual([]);
  });
});
