import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { timesByWalking } from './testing/walked-times.js';
import { parseTimetable } from './timetable.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ANCHOR = Date.UTC(2026, 0, 1);

function timetable(cron: string, timezone = 'UTC', anchorAt = ANCHOR) {
  const parsed = parseTimetable(cron, timezone, anchorAt);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.timetable;
}

/** All fire times after `from` and up to `to`. */
function fires(cron: string, timezone: string, from: number, to: number): number[] {
  const { next } = timetable(cron, timezone);
  const found = [];
  for (let fire = next(from); fire !== null && fire <= to; fire = next(fire)) found.push(fire);
  return found;
}
const shown = (times: number[]) => times.map((time) => new Date(time).toISOString().replace(/(:00)?\.000Z/, 'Z'));

function problem(cron: string, timezone = 'UTC') {
  const parsed = parseTimetable(cron, timezone, ANCHOR);
  return parsed.ok ? null : { field: parsed.field, message: parsed.message };
}

describe('a timetable', () => {
  it.each([
    ['0 3 * * 1-5', ['2026-01-01T03:00Z', '2026-01-02T03:00Z', '2026-01-05T03:00Z']],
    ['0 3 * * MON-fri', ['2026-01-01T03:00Z', '2026-01-02T03:00Z', '2026-01-05T03:00Z']],
    ['15 10 * * * *', ['2026-01-01T00:10:15Z', '2026-01-01T01:10:15Z', '2026-01-01T02:10:15Z']],
    ['0 0 * * 7', ['2026-01-04T00:00Z', '2026-01-11T00:00Z', '2026-01-18T00:00Z']],
    ['0 0 L * *', ['2026-01-31T00:00Z', '2026-02-28T00:00Z', '2026-03-31T00:00Z']],
    ['0 0 * * fri#2', ['2026-01-09T00:00Z', '2026-02-13T00:00Z', '2026-03-13T00:00Z']],
    ['0 0 15W * *', ['2026-01-15T00:00Z', '2026-02-16T00:00Z', '2026-03-16T00:00Z']],
    ['0 0 13 * 5', ['2026-01-02T00:00Z', '2026-01-09T00:00Z', '2026-01-13T00:00Z']],
    ['0 0 29 2 *', ['2028-02-29T00:00Z', '2032-02-29T00:00Z', '2036-02-29T00:00Z']],
    ['0 0 29 2 +1', ['2044-02-29T00:00Z', '2072-02-29T00:00Z', '2112-02-29T00:00Z']],
    ['@yearly', ['2027-01-01T00:00Z', '2028-01-01T00:00Z', '2029-01-01T00:00Z']],
    ['@annually', ['2027-01-01T00:00Z', '2028-01-01T00:00Z', '2029-01-01T00:00Z']],
    ['@monthly', ['2026-02-01T00:00Z', '2026-03-01T00:00Z', '2026-04-01T00:00Z']],
    ['@weekly', ['2026-01-04T00:00Z', '2026-01-11T00:00Z', '2026-01-18T00:00Z']],
    ['@Daily', ['2026-01-02T00:00Z', '2026-01-03T00:00Z', '2026-01-04T00:00Z']],
    ['@midnight', ['2026-01-02T00:00Z', '2026-01-03T00:00Z', '2026-01-04T00:00Z']],
    ['@hourly', ['2026-01-01T01:00Z', '2026-01-01T02:00Z', '2026-01-01T03:00Z']],
    ['@every 90s', ['2026-01-01T00:01:30Z', '2026-01-01T00:03Z', '2026-01-01T00:04:30Z']],
    ['@every 1h30m', ['2026-01-01T01:30Z', '2026-01-01T03:00Z', '2026-01-01T04:30Z']],
  ])('of %j fires at the right times', (cron, expected) => {
    const { next } = timetable(cron);
    const found: number[] = [];
    for (let after = ANCHOR; found.length < 3; after = found.at(-1) ?? 0) found.push(next(after) ?? Number.NaN);
    expect(shown(found)).toEqual(expected);
  });

  it('answers a whole second that is later than the moment asked about', () => {
    expect(timetable('* * * * * *').next(ANCHOR + 1)).toBe(ANCHOR + 1000);
    expect(timetable('* * * * * *').next(ANCHOR + 999)).toBe(ANCHOR + 1000);
    expect(timetable('* * * * * *').next(ANCHOR + 1000)).toBe(ANCHOR + 2000);
  });

  it('of @every counts from its anchor, not from when it is asked', () => {
    const { next } = timetable('@every 7s', 'UTC', ANCHOR + 123);
    expect(next(ANCHOR - DAY)).toBe(ANCHOR + 123 + 7000);
    expect(next(ANCHOR + 123 + 7000 * 1e6 + 1)).toBe(ANCHOR + 123 + 7000 * (1e6 + 1));
  });

  it('ends with the years that a date can have', () => {
    expect(timetable('0 0 1 1 *').next(Date.UTC(2999, 5, 1))).toBeNull();
  });
});

describe('daylight saving', () => {
  const march = [Date.UTC(2026, 2, 28, 12), Date.UTC(2026, 2, 30, 12)] as const;
  const october = [Date.UTC(2026, 9, 24, 12), Date.UTC(2026, 9, 26, 12)] as const;

  it('lets a skipped time of day fire at the first minute after the gap', () => {
    expect(shown(fires('30 2 * * *', 'Europe/Berlin', ...march))).toEqual(['2026-03-29T01:00Z', '2026-03-30T00:30Z']);
    const lordHowe = fires('15 2 * * *', 'Australia/Lord_Howe', Date.UTC(2026, 9, 3), Date.UTC(2026, 9, 5));
    expect(shown(lordHowe)).toEqual(['2026-10-03T15:30Z', '2026-10-04T15:15Z']);
    const santiago = fires('10 0 * * *', 'America/Santiago', Date.UTC(2026, 8, 5, 12), Date.UTC(2026, 8, 7, 12));
    expect(shown(santiago)).toEqual(['2026-09-06T04:00Z', '2026-09-07T03:10Z']);
  });

  it('lets several skipped times of day fire once', () => {
    const found = fires('*/10 2,3 29 3 *', 'Europe/Berlin', ...march);
    expect(shown(found)).toEqual([0, 10, 20, 30, 40, 50].map((m) => `2026-03-29T01:${String(m).padStart(2, '0')}Z`));
  });

  it('lets a skipped day fire when the next begins', () => {
    const found = fires('0 12 30 12 *', 'Pacific/Apia', Date.UTC(2011, 11, 28), Date.UTC(2012, 0, 2));
    expect(shown(found)).toEqual(['2011-12-30T10:00Z']);
  });

  it('lets a repeated time of day fire the first time round', () => {
    expect(shown(fires('30 2 * * *', 'Europe/Berlin', ...october))).toEqual(['2026-10-25T00:30Z', '2026-10-26T01:30Z']);
    const [first] = fires('30 2 * * *', 'Europe/Berlin', ...october);
    // Asked anew between the two, as after a restart.
    expect(shown(fires('30 2 * * *', 'Europe/Berlin', (first ?? 0) + HOUR / 2, october[1]))).toEqual([
      '2026-10-26T01:30Z',
    ]);
  });

  it('lets a rhythm follow real time', () => {
    const hourly = (from: number, to: number) => fires('30 * * * *', 'Europe/Berlin', from, to);
    for (const [from, to] of [march, october]) {
      expect(hourly(from, to)).toEqual(Array.from({ length: 48 }, (_, n) => from + n * HOUR + HOUR / 2));
    }
    const stepped = fires('0 */2 * * *', 'Europe/Berlin', Date.UTC(2026, 2, 28, 23), Date.UTC(2026, 2, 29, 3));
    expect(shown(stepped)).toEqual(['2026-03-29T02:00Z']);
  });

  // Changes of every kind: by an hour, by half of one, by two, at midnight, back and forth within weeks, a day left out.
  const changes: [string, number][] = [
    ['Europe/Berlin', Date.UTC(2026, 2, 29)],
    ['Europe/Berlin', Date.UTC(2026, 9, 25)],
    ['America/New_York', Date.UTC(2027, 2, 14)],
    ['America/New_York', Date.UTC(2027, 10, 7)],
    ['Australia/Lord_Howe', Date.UTC(2026, 3, 4)],
    ['Australia/Lord_Howe', Date.UTC(2026, 9, 3)],
    ['America/Sao_Paulo', Date.UTC(2018, 10, 4)],
    ['America/Sao_Paulo', Date.UTC(2018, 1, 18)],
    ['Asia/Kathmandu', Date.UTC(1985, 11, 31)],
    ['Pacific/Apia', Date.UTC(2011, 11, 30)],
    ['America/Santiago', Date.UTC(2026, 3, 5)],
    ['America/Santiago', Date.UTC(2026, 8, 6)],
    ['Africa/Casablanca', Date.UTC(2024, 2, 10)],
    ['Africa/Casablanca', Date.UTC(2024, 3, 14)],
    ['Antarctica/Troll', Date.UTC(2026, 2, 29)],
    ['Antarctica/Troll', Date.UTC(2026, 9, 25)],
    ['UTC', Date.UTC(2026, 2, 29)],
  ];
  const values = (min: number, max: number) =>
    fc.oneof(
      fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 3 }).map((list) => list.join(',')),
      fc
        .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
        .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    );
  const steps = fc.integer({ min: 2, max: 7 });
  const field = (min: number, max: number) =>
    fc.oneof(
      fc.constant('*'),
      values(min, max),
      steps.map((step) => `*/${step}`),
      fc.tuple(values(min, max), steps).map(([range, step]) => (range.includes('-') ? `${range}/${step}` : range)),
    );
  const anyDay = { arbitrary: fc.constant('*'), weight: 4 };
  const pattern = fc
    .tuple(
      fc.constantFrom('', '0', '30', '5,59'),
      field(0, 59),
      fc.oneof(field(0, 23), values(0, 4)),
      fc.oneof(anyDay, { arbitrary: field(1, 31), weight: 1 }),
      fc.oneof(anyDay, { arbitrary: field(1, 12), weight: 1 }),
      fc.oneof(anyDay, { arbitrary: field(0, 7), weight: 1 }),
    )
    .map((fields) => fields.join(' ').trim());

  it.each(changes)('of %s agrees with a walk through every minute (%d)', (timezone, day) => {
    const [from, to] = [day - 1.5 * DAY, day + 2.5 * DAY];
    fc.assert(
      fc.property(pattern, fc.integer({ min: 0, max: 4 * DAY }), (cron, asked) => {
        const walked = timesByWalking(cron, timezone, from, to);
        if (walked.length === 0 && !parseTimetable(cron, timezone, ANCHOR).ok) return;
        expect(fires(cron, timezone, from, to)).toEqual(walked);
        // What comes next does not depend on what was asked before.
        const next = walked.find((fire) => fire > from + asked);
        if (next !== undefined) expect(timetable(cron, timezone).next(from + asked)).toBe(next);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a bad timetable', () => {
  it.each([
    ['* * * *', /five fields, or six with seconds first, such as "0 3 \* \* 1-5"; it has 4/],
    ['* * * * * * 2030', /it has 7/],
    ['', /it has 0/],
    ['constructor', /it has 1/],
    ['60 * * * *', /bad minutes field "60": it takes 0-59/],
    ['0 24 * * *', /bad hours field "24": it takes 0-23/],
    ['0 0 0 * *', /bad day of month field "0"/],
    ['0 0 1 foo *', /bad month field "foo": it takes 1-12 or jan-dec/],
    ['0 0 * * 8', /bad day of week field "8"/],
    ['*/0 * * * *', /bad minutes field/],
    ['70 * * * * *', /bad seconds field/],
    ['@reboot', /cannot be @reboot/],
    ['@sometimes', /must be one of @yearly/],
    ['@every', /such as "@every 1h30m"/],
    ['@every 1.5h', /such as "@every 1h30m"/],
    ['@every 90', /such as "@every 1h30m"/],
    ['@every 999ms', /at least "@every 1s"/],
    ['@every 99999d', /at most/],
    ['0 0 31 2 *', /never fires/],
    ['0 0 31 4,6,9,11 *', /never fires/],
  ])('%j is told apart', (cron, message) => {
    expect(problem(cron)).toEqual({ field: 'cron', message: expect.stringMatching(message) });
  });

  it.each(['Europe/Bonn', '', '+01:00', 'Mars', '../etc/passwd', 'UTC\0'])('zone %j is refused', (zone) => {
    expect(problem('@daily', zone)).toEqual({ field: 'timezone', message: expect.stringContaining('"Europe/Berlin"') });
  });

  it('or a good one is told in time, whatever the text', () => {
    const word = fc.string({
      unit: fc.constantFrom(...'0123456789*/,-LW#?+@ abcdefghijmnortuvy'.split('')),
      maxLength: 40,
    });
    fc.assert(
      fc.property(word, (cron) => {
        const parsed = parseTimetable(cron, 'Europe/Berlin', ANCHOR);
        if (!parsed.ok) expect(parsed.message).toMatch(/^cron /);
      }),
    );
  });
});
