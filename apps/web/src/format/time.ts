const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const UNITS = [
  ['d', DAY],
  ['h', HOUR],
  ['m', MINUTE],
  ['s', SECOND],
] as const;

/** A length of time in its two largest units, such as `1 m 20 s`; under a second in milliseconds. */
export function formatDuration(ms: number): string {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10 * SECOND) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  return inUnits(ms);
}

/** The same for a time that goes on, which changes once a second. */
export const formatElapsed = (ms: number): string => (ms < SECOND ? '0 s' : inUnits(ms));

function inUnits(ms: number): string {
  const largest = UNITS.findIndex(([, size]) => ms >= size);
  const parts: string[] = [];
  let rest = ms;
  for (const [name, size] of UNITS.slice(largest, largest + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.join(' ');
}

/** How far `at` is from `now`, such as `5 m ago` or `in 2 h`. */
export function formatDistance(at: number, now: number): string {
  const distance = Math.abs(at - now);
  if (distance < 5 * SECOND) return 'now';
  const [name, size] = UNITS.find(([, size]) => distance >= size) ?? ['s', SECOND];
  const text = `${Math.floor(distance / size)} ${name}`;
  return at > now ? `in ${text}` : `${text} ago`;
}

const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** A point in time in full, in this browser's zone. */
export const formatInstant = (at: number): string => absolute.format(at);

export const formatClock = (at: number): string => clock.format(at);

/** The midnight that the day of `now` began with, in this browser's zone. */
export function startOfDay(now: number): number {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

/** A point in time as a field of the type `datetime-local` has it: this browser's zone, to the minute. */
export function toLocal(at: number): string {
  const there = new Date(at - new Date(at).getTimezoneOffset() * MINUTE);
  return there.toISOString().slice(0, 16);
}

/** The reverse; undefined while nothing, or half of it, is given. */
export function fromLocal(text: string): number | undefined {
  const at = new Date(text).getTime();
  return Number.isNaN(at) ? undefined : at;
}

/** The IANA name of this browser's zone. */
export const hereZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A point in time in full, by the clocks of `zone`; a zone that the browser does not know is shown in its own. */
export function formatIn(zone: string, at: number): string {
  const style = { dateStyle: 'medium', timeStyle: 'medium' } as const;
  try {
    return new Intl.DateTimeFormat(undefined, { ...style, timeZone: zone }).format(at);
  } catch {
    return formatInstant(at);
  }
}
