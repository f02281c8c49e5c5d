import { describe, expect, it } from '@jest/globals';
import { requestRates, toReading } from './readings.js';

const reading = (seconds: number, requests: number) =>
  toReading(seconds * 1000, [{ name: 'openclaw_http_requests_total', labels: { route: '/tasks' }, value: requests }]);

describe('the rate of requests', () => {
  it('is that between two readings, and unknown at first and over a restart', () => {
    expect(requestRates([reading(0, 10), reading(5, 20), reading(10, 3), reading(20, 8)])).toEqual([
      null,
      2,
      null,
      0.5,
    ]);
  });

  it('is unknown when the server does not tell', () => {
    expect(requestRates([toReading(0, []), toReading(1, [])])).toEqual([null, null]);
  });
});
