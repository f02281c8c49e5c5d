import { once } from 'node:events';
import type { Response } from 'express';
import type { TaskRecord } from '#contracts';
import { jsonPieces } from '#memory';
import { ApiError } from '../http/problem.js';

/** Answers `{tasks: [record…]}` a record at a time: a thousand outputs never stand in memory together. */
export async function writeRecords(
  response: Response,
  ids: readonly string[],
  read: (id: string) => Promise<TaskRecord>,
  gone: AbortSignal,
): Promise<void> {
  response.type('application/json');
  const write = async (piece: string | Buffer) => {
    if (!response.write(piece)) await once(response, 'drain', { signal: gone }).catch(() => undefined);
  };
  let separator = '{"tasks":[';
  for (const id of ids) {
    const record = await read(id).catch((error: unknown) => removed(id, error));
    await write(separator);
    for (const piece of jsonPieces(record)) {
      if (gone.aborted) return;
      await write(piece);
    }
    separator = ',';
  }
  response.end(']}');
}

/** A task that somebody has removed meanwhile is told of by its id alone. */
function removed(id: string, error: unknown): { taskId: string; message: string } {
  if (!(error instanceof ApiError) || error.code !== 'task_not_found') throw error;
  return { taskId: id, message: error.message };
}
