import type { TaskStatus, TaskType } from './task.js';

/** A hint that something has changed, worth reading anew. Times are milliseconds since the Unix epoch. */
export interface TaskEvent {
  /** Of the task. */
  id: string;
  /** What it is by now; `deleted` when it is gone. */
  status: TaskStatus | 'deleted';
  type: TaskType | null;
  worker: string | null;
  /** Id of the schedule that it came from. */
  schedule: string | null;
  /** What has happened to it, as the audit calls it. */
  action: string;
  at: number;
}

export interface WorkerEvent {
  /** Its name. */
  id: string;
  status: 'online' | 'offline' | 'draining' | 'unknown';
  action: string;
  at: number;
}

export interface ScheduleEvent {
  id: string;
  status: 'enabled' | 'paused' | 'deleted';
  action: string;
  at: number;
}
