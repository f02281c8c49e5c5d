import type { AttemptRef } from '#contracts';

/** The same text for the same attempt, and for no other: a task id holds no space. */
export function attemptKey({ taskId, attempt }: AttemptRef): string {
  return `${taskId} ${attempt}`;
}
