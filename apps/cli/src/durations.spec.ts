import { describe, expect, it } from '@jest/globals';
import { formatDuration, parseDuration } from './durations.js';

describe('parseDuration', () => {
  it.each([
    ['90', 90_000],
    ['0.5', 500],
    ['250ms', 250],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
  ])('takes %s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', 'soon', '5 m', '-1s', '5x', 'm5'])('does not take %p', (text) => expect(parseDuration(text)).toBeNull());
});

describe('formatDuration', () => {
  it.each([
    [42, '42ms'],
    [1400, '1.4s'],
    [185_000, '3m05s'],
    [7_800_000, '2h10m'],
    [442_800_000, '5d3h'],
  ])('writes %d as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});
