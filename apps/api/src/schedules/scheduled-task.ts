import type { DiscordMessage } from '../domain/discord-message.js';
import type { Schedule } from '../domain/schedule.js';
import type { NewTask } from '../domain/task.js';
import { ApiError, invalid } from '../http/problem.js';
import { BULKY, inside, newTask, parseSubmission, type Submission } from '../tasks/task-submission.js';

/** Holds the task of a schedule to the rules of a submission; its fields are named `task.`. Throws `validation_failed`. */
export function parseScheduledTask(task: Record<string, unknown>): Submission {
  if ((task.runAt ?? null) !== null) {
    const message = 'task: runAt is one time, and a schedule makes a task at each of many: use delay, such as 60000';
    throw invalid([{ field: 'task.runAt', message }]);
  }
  if ((task.upload ?? null) !== null) {
    const message = 'upload is kept for a day, and a schedule makes tasks for longer: use content';
    throw invalid([inside('task', { field: 'upload', message })]);
  }
  try {
    return parseSubmission(task);
  } catch (error) {
    if (!(error instanceof ApiError) || !error.errors) throw error;
    throw invalid(error.errors.map((mistake) => inside('task', mistake)));
  }
}

/** The task that `schedule` makes for a fire time; without one, for a run by hand. */
export function taskOf(
  schedule: Schedule,
  fireAt: number | null,
  now: number,
  discord: DiscordMessage | null = null,
): NewTask {
  return newTask(parseScheduledTask(schedule.task), now, { scheduleId: schedule.id, fireAt }, discord);
}

/** The task of a schedule as reads show it: no values of variables, and in lists nothing that may be megabytes. */
export function shownTask(task: Schedule['task'], listed: boolean): Record<string, unknown> {
  const shown = Object.entries(task).filter(([name]) => !listed || !BULKY.some((bulky) => bulky === name));
  return Object.fromEntries(shown.map(([name, value]) => [name, name === 'env' ? Object.keys(value ?? {}) : value]));
}
