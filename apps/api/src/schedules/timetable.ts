import type { Schedule, Timetable } from '../domain/schedule.js';
import { CronPattern } from './cron-pattern.js';
import { type OffsetChange, TimeZone } from './time-zone.js';

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Longer than any two local times of one instant, in whatever zones, lie apart. */
const REACH = 2 * DAY;
/** Longer than any zone has ever been from UTC, even by the sun. */
const FARTHEST = 18 * HOUR;

const UNITS: Record<string, number> = { ms: 1, s: SECOND, m: 60_000, h: HOUR, d: DAY };
const LONGEST_INTERVAL = 3660 * DAY;

export type ParsedTimetable =
  | { ok: true; timetable: Timetable }
  /** `message` says what is wrong with the field, and shows a good value. */
  | { ok: false; field: 'cron' | 'timezone'; message: string };

/** The fire times of `cron` by the clocks of `timezone`; `@every` counts from `anchorAt`. */
export function parseTimetable(cron: string, timezone: string, anchorAt: number): ParsedTimetable {
  const zone = TimeZone.named(timezone);
  if (!zone) {
    const message = 'timezone must be the name of an IANA time zone, such as "Europe/Berlin" or "UTC"';
    return { ok: false, field: 'timezone', message };
  }
  const timetable = /^\s*@every\b/i.test(cron) ? parseInterval(cron, anchorAt) : parseCron(cron, zone);
  if (typeof timetable === 'string') return { ok: false, field: 'cron', message: `cron ${timetable}` };
  if (timetable.next(anchorAt) === null) {
    return { ok: false, field: 'cron', message: 'cron never fires: no date fits it; use such as "0 3 28 2 *"' };
  }
  return { ok: true, timetable };
}

function parseInterval(text: string, anchorAt: number): Timetable | string {
  const length = text.trim().match(/^@every\s+((?:\d{1,15}(?:ms|[smhd]))+)$/i)?.[1];
  if (length === undefined) return 'must be @every and whole numbers of d, h, m, s or ms, such as "@every 1h30m"';
  let interval = 0;
  for (const [, count, unit = ''] of length.matchAll(/(\d+)(ms|[smhd])/gi)) {
    interval += Number(count) * (UNITS[unit.toLowerCase()] ?? 0);
  }
  if (interval < SECOND || interval > LONGEST_INTERVAL) {
    return 'must be at least "@every 1s" and at most "@every 3660d"';
  }
  return { next: (after) => anchorAt + (Math.max(0, Math.floor((after - anchorAt) / interval)) + 1) * interval };
}

function parseCron(text: string, zone: TimeZone): Timetable | string {
  const pattern = CronPattern.parse(text);
  if (typeof pattern === 'string') return pattern;
  const next = pattern.fixedHours ? nextTimeOfDay : nextInRealTime;
  return { next: (after) => next(pattern, zone, Math.floor(after / SECOND) * SECOND) };
}

/** For hours named one by one: each local time fires once, the first time round; a skipped one when its gap ends. */
function nextTimeOfDay(pattern: CronPattern, zone: TimeZone, after: number): number | null {
  let reached = zone.localAt(after);
  // Where the clocks were before they were put back, all up to there has had its turn.
  for (const change of zone.changes(after - REACH, after)) {
    reached = Math.max(reached, change.at + change.before - SECOND);
  }
  const local = pattern.next(reached);
  return local === null ? null : firstInstantOf(local, zone);
}

/** The first instant at which the clocks of `zone` show `local`, or have just passed over it. */
function firstInstantOf(local: number, zone: TimeZone): number {
  let from = local - FARTHEST;
  let offset = zone.offsetAt(from);
  for (const change of zone.changes(from, local + FARTHEST)) {
    if (local - offset < change.at) break;
    if (local < change.at + change.after) return change.at;
    ({ at: from, after: offset } = change);
  }
  return local - offset;
}

/** For a rhythm, `*` or steps in the hours: whenever the clocks show a local time of the pattern, twice if they do so twice. */
function nextInRealTime(pattern: CronPattern, zone: TimeZone, after: number): number | null {
  let from = after + SECOND;
  for (;;) {
    const offset = zone.offsetAt(from);
    const local = pattern.next(from - SECOND + offset);
    if (local === null) return null;
    const candidate = local - offset;
    const change = firstChange(zone, from, Math.min(candidate, from + REACH));
    if (change) from = change.at;
    else if (candidate <= from + REACH) return candidate;
    // Far from both ends no clock shows a local time outside the two, between which the pattern has none.
    else from = Math.max(from + REACH, candidate - REACH);
  }
}

function firstChange(zone: TimeZone, from: number, to: number): OffsetChange | undefined {
  for (const change of zone.changes(from, to)) return change;
  return undefined;
}

/** The timetable of a stored schedule. Throws when this server's time zones no longer know the schedule's. */
export function timetableOf({ cron, timezone, anchorAt }: Schedule): Timetable {
  const parsed = parseTimetable(cron, timezone, anchorAt);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.timetable;
}
