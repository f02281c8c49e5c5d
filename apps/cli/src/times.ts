import { InvalidArgumentError } from 'commander';
import { parseDuration } from './durations.js';

/** For people, in the zone of this machine unless another is named: `2026-05-01 12:00:00`. */
export function formatTime(at: number, timeZone?: string): string {
  // Sweden writes times as ISO 8601 does, with a space in the place of the T.
  return new Date(at).toLocaleString('sv-SE', { timeZone });
}

export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Milliseconds since the epoch of `2026-05-01`, `2026-05-01T12:00` (both of this machine's zone), `2026-05-01T12:00Z`, or `2h`: so long ago. */
export function timeOf(text: string): number {
  const ago = /^\d+$/.test(text) ? null : parseDuration(text);
  if (ago !== null) return Date.now() - ago;
  // A date alone would be taken for one of UTC.
  const local = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text;
  // What else Date.parse takes, such as a plain number, is no time that anybody means.
  const time = /^\d{4}-/.test(local) ? Date.parse(local) : Number.NaN;
  if (Number.isNaN(time))
    throw new InvalidArgumentError('Give a time such as 2026-05-01, 2026-05-01T12:00 or 2h (ago).');
  return time;
}
