import { LIMITS } from '#contracts';
import { invalid } from './problem.js';

/** Milliseconds to wait from the digits of `?wait=`, no more than `cap`. */
export const waitOf = (digits: string | undefined, standard = 0, cap: number = LIMITS.clientWait): number =>
  Math.min(digits === undefined ? standard : Number(digits), cap);

/** A cursor is opaque to callers: where the next page of a list begins. */
export const encodeCursor = (seq: number): string => Buffer.from(`t${seq}`).toString('base64url');

export function decodeCursor(cursor: string): number {
  const seq = Buffer.from(cursor, 'base64url')
    .toString()
    .match(/^t(\d{1,15})$/)?.[1];
  if (seq === undefined || encodeCursor(Number(seq)) !== cursor) {
    throw invalid([{ field: 'cursor', message: 'cursor must be the nextCursor of the page before' }]);
  }
  return Number(seq);
}
