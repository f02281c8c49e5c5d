import { describe, expect, it } from '@jest/globals';
import { formatDistance, formatDuration, formatElapsed } from './time.js';

describe('a length of time', () => {
  it.each([
    [0, '0 ms'],
    [412.4, '412 ms'],
    [1250, '1.2 s'],
    [9990, '9.9 s'],
    [59_900, '59 s'],
    [80_000, '1 m 20 s'],
    [3_600_000, '1 h'],
    [90_061_000, '1 d 1 h'],
  ])('of %d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('that goes on changes with the second', () => {
    expect([0, 999, 1000, 2999].map(formatElapsed)).toEqual(['0 s', '0 s', '1 s', '2 s']);
  });
});

describe('a distance in time', () => {
  it.each([
    [0, 'now'],
    [-90_000, '1 m ago'],
    [7_200_000, 'in 2 h'],
    [-172_800_000, '2 d ago'],
  ])('of %d ms is %s', (ms, text) => {
    expect(formatDistance(1_000_000_000 + ms, 1_000_000_000)).toBe(text);
  });
});
