import { createHash } from 'node:crypto';
import type { AttemptRef } from '#contracts';

/** The same text for the same attempt, and for no other: a task id holds no space. */
export function attemptKey({ taskId, attempt }: AttemptRef): string {
  return `${taskId} ${attempt}`;
}

/** The same for the same attempt, and no path of any other kind, whatever the id consists of. */
export function attemptFileName({ taskId, attempt }: AttemptRef): string {
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(taskId);
  const name = isUuid ? taskId : createHash('sha256').update(JSON.stringify(taskId)).digest('hex');
  return `${name}.${attempt}`;
}
