import type { ScheduleRecord } from '#contracts';
import type { Schedule } from '../domain/schedule.js';
import { shownTask } from './scheduled-task.js';

export function toRecord({ anchorAt: _, task, ...schedule }: Schedule, listed = false): ScheduleRecord {
  return { ...schedule, task: shownTask(task, listed) };
}
