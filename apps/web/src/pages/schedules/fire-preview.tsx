import { Cron } from 'croner';
import { FireTimes } from './fire-times.js';

const SHOWN = 10;

/** The next times of what has not been saved yet. Loaded lazily: it takes a library that reads cron. */
export default function FirePreview({ cron, zone }: { cron: string; zone: string }) {
  if (/^\s*@every\b/i.test(cron)) {
    return <p className="text-[0.8125rem] text-quiet">Counted from the moment that it is saved.</p>;
  }
  const times = nextTimes(cron, zone);
  if (times.length === 0) return <p className="text-[0.8125rem] text-quiet">No time fits that yet.</p>;
  return <FireTimes times={times} zone={zone} />;
}

function nextTimes(cron: string, timezone: string): number[] {
  try {
    const pattern = new Cron(cron.trim(), { timezone, mode: '5-or-6-parts', paused: true });
    return pattern.nextRuns(SHOWN).map((date) => date.getTime());
  } catch {
    // Half typed: what is wrong with it, the server says when it is saved.
    return [];
  }
}
