import { once } from 'node:events';
import type { Response } from 'express';
import type { TaskRecord } from '#contracts';
import { ApiError } from '../http/problem.js';

/** Answers `{tasks: [record…]}` a record at a time: a thousand outputs never stand in memory together. */
export async function writeRecords(
  response: Response,
  ids: readonly string[],
  read: (id: string) => Promise<TaskRecord>,
  gone: AbortSignal,
): Promise<void> {
  response.type('application/json');
  let separator = '{"tasks":[';
  for (const id of ids) {
    const record = await read(id).catch((error: unknown) => removed(id, error));
    if (gone.aborted) return;
    const room = response.write(separator + JSON.stringify(record));
    if (!room) await once(response, 'drain', { signal: gone }).catch(() => undefined);
    separator = ',';
  }
  response.end(']}');
}

/** A task that somebody has removed meanwhile is told of by its id alone. */
function removed(id: string, error: unknown): { taskId: string; message: string } {
  if (!(error instanceof ApiError) || error.code !== 'task_not_found') throw error;
  return { taskId: id, message: error.message };
}
