import type { Actor } from '../domain/actor.js';
import type { Instant } from '../domain/clock.js';
import type { DueFires, Schedule, ScheduleDefinition } from '../domain/schedule.js';
import type { NewTask } from '../domain/task.js';
import type { Acceptance, IdempotencyKey } from './task-store.js';

/**
 * Where schedules live. Every method is one transaction, with the audit entries of what it changes inside; a promise
 * resolves only when the change is durable. Errors: `StorageFull`, `StorageUnavailable`; what makes tasks also `QueueFull`.
 */
export interface ScheduleStore {
  create(schedule: Schedule, taskDetail: TaskDetail, actor: Actor): Promise<void>;
  find(id: string): Promise<Schedule | null>;
  /** Newest first. `before` is the `next` of the page before; a page may be short, only `next: null` is the end. */
  list(limit: number, before: number | null): Promise<SchedulePage>;
  /**
   * Changes what `revise`, which must be synchronous and pure, answers for the schedule as it is: null leaves it so. Answers
   * the schedule after it, or null when there is none.
   */
  update(id: string, revise: Revise, actor: Actor, now: Instant): Promise<Schedule | null>;
  /** Says whether there was one. Its tasks stay. */
  remove(id: string, actor: Actor, now: Instant): Promise<boolean>;

  /** Schedules with a fire time that has come, the one that waits longest first; those that come after `after`. */
  due(now: Instant, limit: number, after: Schedule | null): Promise<Schedule[]>;
  /** The first fire time that any waits for after `wall`, in wall-clock milliseconds; null when there is none. */
  nextFireAt(wall: number): Promise<number | null>;
  /**
   * Deals with the fire times of `schedule` that have come: makes `task` if there is one to make, and moves on. A fire time
   * that was dealt with before makes nothing; a schedule that was edited or removed since it was read stays as it is.
   */
  settle(schedule: Schedule, due: DueFires, task: NewTask | null, now: Instant): Promise<Settled>;
  /** Makes a task beside the timetable; null when there is no such schedule. */
  runNow(id: string, task: NewTask, key: IdempotencyKey | null, actor: Actor, now: Instant): Promise<Acceptance | null>;
  /** Lets `schedule` wait for another fire time, unless it was edited or has fired since it was read. */
  realign(schedule: Schedule, nextFireAt: number | null): Promise<void>;

  /** How late schedules are: how many wait for a fire time before `wall`, and the earliest that any waits for. */
  waiting(wall: number): Promise<{ overdue: number; earliest: number | null }>;
  /** Forgets fire times before `wall` that cannot come again, at most `limit`; answers how many. */
  forgetFires(wall: number, limit: number): Promise<number>;
}

/** What the audit keeps of a schedule's task: no content, no standard input, no value of a variable. */
export type TaskDetail = Record<string, unknown>;

/** What an edit changes. */
export interface Revision {
  changed: Partial<ScheduleDefinition> & { anchorAt?: number; nextFireAt?: number | null };
  /** Of the new task, when that is changed. */
  taskDetail: TaskDetail | null;
}
export type Revise = (current: Schedule) => Revision | null;

export interface SchedulePage {
  schedules: Schedule[];
  next: number | null;
}

export type Settled =
  /** The task was made, or nothing was to be made. */
  | 'settled'
  /** An earlier task is unfinished, and the schedule's policy is to skip. */
  | 'overlap'
  /** The fire time was dealt with before. */
  | 'repeated'
  /** The schedule is not as it was read. */
  | 'changed';
