const MINUTE = 60_000;
const DAY = 86_400_000;

/** One minute of real time, and what the clocks show then (read as if UTC). */
interface Minute {
  instant: number;
  local: number;
}

const walks = new Map<string, Minute[]>();

function walk(timezone: string, from: number, to: number): Minute[] {
  const key = `${timezone} ${from} ${to}`;
  const known = walks.get(key);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const minutes = [];
  for (let instant = from; instant <= to; instant += MINUTE) {
    const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 0, day, hour, minute, second } = parts;
    minutes.push({ instant, local: Date.UTC(year, month - 1, day, hour, minute, second) });
  }
  walks.set(key, minutes);
  return minutes;
}

/** The numbers that a field of lists, ranges and steps stands for. */
function numbersOf(field: string, min: number, max: number): Set<number> {
  const numbers = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const [low = 0, high = low] = range === '*' ? [min, max] : range.split('-').map(Number);
    for (let number = low; number <= high; number += Number(step)) numbers.add(number);
  }
  return numbers;
}

/**
 * The fire times of numeric cron fields after `from` and up to `to`, found by looking at the clocks in every minute: slow,
 * plain, and nothing in common with the timetable that it is there to check.
 */
export function timesByWalking(cron: string, timezone: string, from: number, to: number): number[] {
  const fields = cron.split(' ');
  if (fields.length === 5) fields.unshift('0');
  const [second = '', minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = fields;
  const numbers = {
    second: numbersOf(second, 0, 59),
    minute: numbersOf(minute, 0, 59),
    hour: numbersOf(hour, 0, 23),
    dayOfMonth: numbersOf(dayOfMonth, 1, 31),
    month: numbersOf(month, 1, 12),
    dayOfWeek: numbersOf(dayOfWeek, 0, 7),
  };
  const matches = (local: number) => {
    const date = new Date(local);
    const weekday = date.getUTCDay();
    const fits = {
      dayOfMonth: numbers.dayOfMonth.has(date.getUTCDate()),
      dayOfWeek: numbers.dayOfWeek.has(weekday) || (weekday === 0 && numbers.dayOfWeek.has(7)),
    };
    const restricted = dayOfMonth !== '*' && dayOfWeek !== '*';
    return (
      numbers.minute.has(date.getUTCMinutes()) &&
      numbers.hour.has(date.getUTCHours()) &&
      numbers.month.has(date.getUTCMonth() + 1) &&
      (restricted ? fits.dayOfMonth || fits.dayOfWeek : fits.dayOfMonth && fits.dayOfWeek)
    );
  };
  const inMinute = (instant: number) => [...numbers.second].map((offset) => instant + offset * 1000);
  // A day more before: what is skipped or repeated on its edge has its first turn there.
  const minutes = walk(timezone, from - DAY, to);
  const times = new Set<number>();
  if (/[*/]/.test(hour)) {
    for (const { instant, local } of minutes) {
      if (matches(local)) for (const time of inMinute(instant)) times.add(time);
    }
  } else {
    let reached = (minutes[0]?.local ?? 0) - MINUTE;
    for (const { instant, local } of minutes) {
      // What the clocks have jumped over fires now; what they show again does not.
      for (let skipped = reached + MINUTE; skipped < local; skipped += MINUTE) {
        if (matches(skipped)) times.add(instant);
      }
      if (local > reached && matches(local)) for (const time of inMinute(instant)) times.add(time);
      reached = Math.max(reached, local);
    }
  }
  return [...times].filter((time) => time > from && time <= to).sort((a, b) => a - b);
}
