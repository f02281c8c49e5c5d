import { describe, expect, it } from '@jest/globals';
import { cronInWords } from './cron-words.js';

describe('cronInWords', () => {
  it.each([
    ['0 3 * * *', 'at 03:00, every day'],
    ['@daily', 'at 00:00, every day'],
    ['*/10 * * * *', 'every 10 minutes'],
    ['0 9 * * 1-5', 'at 09:00, Monday through Friday'],
    ['30 */5 * * * *', 'at 30 seconds past the minute, every 5 minutes'],
    ['@every 90s', 'every 90s'],
    ['0 0 L * *', 'at 00:00, on the last day of the month'],
    ['something else', 'something else'],
  ])('says %s as %s', (cron, words) => expect(cronInWords(cron)).toBe(words));
});
