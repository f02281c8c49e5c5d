import { describe, expect, it } from '@jest/globals';
import { formatTime, timeOf } from './times.js';

describe('timeOf', () => {
  it('takes dates and times of this machine, and of others', () => {
    expect(timeOf('2026-05-01')).toBe(new Date(2026, 4, 1).getTime());
    expect(timeOf('2026-05-01T12:30')).toBe(new Date(2026, 4, 1, 12, 30).getTime());
    expect(timeOf('2026-05-01T12:30Z')).toBe(Date.UTC(2026, 4, 1, 12, 30));
  });

  it('takes how long ago it was', () => {
    const before = Date.now() - 7_200_000;
    const two = timeOf('2h');
    expect(two).toBeGreaterThanOrEqual(before);
    expect(two).toBeLessThanOrEqual(Date.now() - 7_200_000);
  });

  it.each(['yesterday', '', '2026-13-01', '5'])('does not take %p', (text) => expect(() => timeOf(text)).toThrow(/2h/));
});

describe('formatTime', () => {
  it('writes a time as people sort it, in the zone that is asked for', () => {
    const at = Date.UTC(2026, 0, 2, 3, 4, 5);
    expect(formatTime(at, 'UTC')).toBe('2026-01-02 03:04:05');
    expect(formatTime(at, 'Asia/Tokyo')).toBe('2026-01-02 12:04:05');
  });
});
