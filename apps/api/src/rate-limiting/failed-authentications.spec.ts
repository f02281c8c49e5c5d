import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { loadConfig } from '../config.js';
import { ManualClock } from '../storage/testing/builders.js';
import { FailedAuthentications } from './failed-authentications.js';
import { WindowCounts } from './window-counts.js';

function failures(limit: string) {
  const clock = new ManualClock();
  const config = loadConfig({ WORKER_TOKEN: 'kV7pQ2mX9sT4wZ6r', AUTH_FAILURES_PER_MINUTE: limit });
  const counted = new FailedAuthentications(new WindowCounts(clock), config);
  return { clock, from: (ip: string) => counted.count({ ip } as Request) };
}

describe('FailedAuthentications', () => {
  it('refuses beyond the limit of an address, with the time to wait, until that is over', () => {
    const { clock, from } = failures('2');
    expect([from('192.0.2.1'), from('192.0.2.1')]).toEqual([null, null]);
    clock.advance(500);
    const refusal = from('192.0.2.1');
    expect(refusal).toMatchObject({
      code: 'rate_limited',
      headers: {
        'Retry-After': '60',
        'RateLimit-Policy': '"authentication";q=2;w=60',
        RateLimit: '"authentication";r=0;t=60',
      },
    });
    expect(from('192.0.2.2')).toBeNull();
    clock.advance(60_000);
    expect(from('192.0.2.1')).toBeNull();
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
  ])('takes %s and %s for one caller', (one, other) => {
    const { from } = failures('1');
    expect(from(one)).toBeNull();
    expect(from(other)).not.toBeNull();
  });

  it('takes two IPv6 networks for two callers', () => {
    const { from } = failures('1');
    expect([from('2001:db8:1:2::1'), from('2001:db8:1:3::1')]).toEqual([null, null]);
  });

  it('refuses nobody at 0', () => {
    const { from } = failures('0');
    for (let n = 0; n < 50; n++) expect(from('192.0.2.1')).toBeNull();
  });
});
