import type { TaskRecord } from '#contracts';
import type { Call } from '../http/call.js';
import { waitOf } from '../http/query.js';
import type { Acceptance } from '../storage/task-store.js';
import type { TasksService } from './tasks.service.js';

export interface Submitted {
  taskId: string;
  status: string;
  createdAt: number;
  message: string;
  /** Of a claude task: the conversation that it belongs to. */
  sessionId?: string;
}

export function toSubmitted({ id, status, createdAt, sessionId }: Acceptance): Submitted {
  const message = 'Task accepted; read its result from GET /tasks/:id?wait=30000';
  return { taskId: id, status, createdAt, message, ...(sessionId === null ? {} : { sessionId }) };
}

/** What a call that made one task is answered: that it was taken, or with `wait` its record when that is over. */
export async function answerFor(
  tasks: TasksService,
  accepted: Acceptance | undefined,
  wait: string | undefined,
  call: Call,
): Promise<Submitted | TaskRecord> {
  if (!accepted) throw new Error('a submission was taken and answered nothing');
  return wait === undefined ? toSubmitted(accepted) : tasks.read(accepted.id, waitOf(wait), call);
}
