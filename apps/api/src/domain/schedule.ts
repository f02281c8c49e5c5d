/** What becomes of a fire while an earlier task of the schedule is unfinished. */
export type Overlap = 'skip' | 'queue' | 'cancel-running';

/** What becomes of fires that nobody was there for: nothing, or one task for the latest of them. */
export const MISFIRES = ['skip', 'run-once'] as const;
export type Misfire = (typeof MISFIRES)[number];

/** What a client says of a schedule. */
export interface ScheduleDefinition {
  name: string;
  cron: string;
  /** An IANA time zone. */
  timezone: string;
  /** The body of a submission. */
  task: Record<string, unknown>;
  overlap: Overlap;
  misfire: Misfire;
  enabled: boolean;
}

/** Times are wall-clock milliseconds. */
export interface Schedule extends ScheduleDefinition {
  id: string;
  /** What `@every` counts from. */
  anchorAt: number;
  createdAt: number;
  /** Grows with every edit. */
  updatedAt: number;
  /** The next fire time that has not been dealt with; null when there is none, or the schedule is paused. */
  nextFireAt: number | null;
  /** When it last made a task, and which. */
  lastFireAt: number | null;
  lastTaskId: string | null;
}

/** The fire times of a schedule. */
export interface Timetable {
  /** The first one after `after`; null when there is none any more. */
  next(after: number): number | null;
}

/** A fire that is later than this has been missed, in milliseconds. */
const MISFIRE_AFTER_MS = 60_000;

/** Fire times that nothing was made of. */
export interface MissedFires {
  /** How many they were, or when `more` says so, at least. */
  count: number;
  more: boolean;
  /** The first and the last of them. */
  from: number;
  to: number;
}

/** What is to be done about the fire times that have come. */
export interface DueFires {
  /** The one to make a task for. */
  fireAt: number | null;
  missed: MissedFires | null;
  /** The next one to wait for. */
  next: number | null;
}

/**
 * Judges the fire times from `nextFireAt`, which has come, until `now`. All but the latest are missed; so is the latest
 * when it is too long ago, but then `run-once` makes up for all of them with one task.
 */
export function judgeDue(timetable: Timetable, nextFireAt: number, misfire: Misfire, now: number): DueFires {
  const latest = latestFire(timetable, nextFireAt, now);
  const next = timetable.next(now);
  const fires = misfire === 'run-once' || now - latest <= MISFIRE_AFTER_MS;
  if (!fires) return { fireAt: null, missed: countFires(timetable, nextFireAt, latest), next };
  if (latest === nextFireAt) return { fireAt: latest, missed: null, next };
  const lastMissed = latestFire(timetable, nextFireAt, latest - 1);
  return { fireAt: latest, missed: countFires(timetable, nextFireAt, lastMissed), next };
}

/** The last fire time up to `until`, which is `first` at the least. Asks the timetable some forty times, never for each. */
function latestFire(timetable: Timetable, first: number, until: number): number {
  const firesAfter = (instant: number) => {
    const fire = timetable.next(instant);
    return fire !== null && fire <= until ? fire : null;
  };
  let latest = first;
  let none = until;
  while (latest < none) {
    const middle = latest + Math.floor((none - latest) / 2);
    const fire = firesAfter(middle);
    if (fire !== null) latest = fire;
    else if (middle > latest) none = middle;
    else break;
  }
  return latest;
}

/** How many missed fires are counted one by one. */
const COUNTED = 1000;

function countFires(timetable: Timetable, from: number, to: number): MissedFires {
  let count = 1;
  for (let fire = timetable.next(from); fire !== null && fire <= to; fire = timetable.next(fire)) {
    if (count === COUNTED) return { count, more: true, from, to };
    count++;
  }
  return { count, more: false, from, to };
}

/**
 * The next fire time that a schedule should be waiting for, seen anew: after the clock was set back, or the rules of its
 * time zone have changed, the one that it waits for may be wrong. What has come already stays to be dealt with.
 */
export function realignedFire(timetable: Timetable, nextFireAt: number | null, now: number): number | null {
  return nextFireAt !== null && nextFireAt <= now ? nextFireAt : timetable.next(now);
}
