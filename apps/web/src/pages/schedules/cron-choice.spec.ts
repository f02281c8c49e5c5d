import { describe, expect, it } from '@jest/globals';
import { toChoice, toCron } from './cron-choice.js';

describe('a choice of the cron builder', () => {
  it.each([
    ['* * * * *', 'minutes'],
    ['*/15 * * * *', 'minutes'],
    ['30 * * * *', 'hourly'],
    ['0 9 * * *', 'daily'],
    ['5 23 * * 0,3', 'weekly'],
    ['0 2 31 * *', 'monthly'],
    ['0 2 L * *', 'monthly'],
    ['*/7 * * * *', 'custom'],
    ['0 9 1 * 1', 'custom'],
    ['0 9 1 6 *', 'custom'],
    ['0 9 * * mon-fri', 'custom'],
    ['*/15 * * * * *', 'custom'],
    ['@every 90s', 'custom'],
    ['', 'custom'],
  ])('is read from %j as %s, and says the same again', (cron, rhythm) => {
    const choice = toChoice(cron);
    expect(choice.rhythm).toBe(rhythm);
    expect(toCron(choice)).toBe(cron);
  });

  it('keeps what another rhythm does not use', () => {
    const weekly = { ...toChoice('30 17 * * *'), rhythm: 'weekly' as const, weekdays: [5, 1] };
    expect(toCron(weekly)).toBe('30 17 * * 1,5');
  });
});
