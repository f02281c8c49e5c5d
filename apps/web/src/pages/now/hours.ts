import type { EndedInStep } from '#contracts';

/** Ends that are neither a success nor a failure: nobody took it, or somebody did not want it any more. */
const UNDECIDED = ['cancelled', 'expired'];

/** How the tasks ended that ended within an hour; `at` is when that began. */
export interface Hour {
  at: number;
  good: number;
  bad: number;
  undecided: number;
}

export function toHour({ at, ended }: EndedInStep): Hour {
  const hour = { at, good: 0, bad: 0, undecided: 0 };
  for (const [status, count] of Object.entries(ended)) {
    if (status === 'completed') hour.good += count;
    else if (UNDECIDED.includes(status)) hour.undecided += count;
    else hour.bad += count;
  }
  return hour;
}
