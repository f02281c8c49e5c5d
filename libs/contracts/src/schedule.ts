/** What becomes of a fire while an earlier task of its schedule is unfinished. */
export const OVERLAPS = ['skip', 'queue', 'cancel-running'] as const;
export type Overlap = (typeof OVERLAPS)[number];

/** What becomes of fires that the server was not there for. */
export const MISFIRES = ['skip', 'run-once'] as const;
export type Misfire = (typeof MISFIRES)[number];

/** A schedule as reads show it. Times are milliseconds since the Unix epoch. */
export interface ScheduleRecord {
  id: string;
  name: string;
  cron: string;
  timezone: string;
  /** The body of a `POST /tasks`, with the names alone of its `env`; lists leave out what may be long. */
  task: Record<string, unknown>;
  overlap: Overlap;
  misfire: Misfire;
  enabled: boolean;
  createdAt: number;
  updatedAt: number;
  /** Null when it will not fire by itself: paused, or past its last time. */
  nextFireAt: number | null;
  /** When it last made a task, and which. */
  lastFireAt: number | null;
  lastTaskId: string | null;
}
