import { LIMITS } from '#contracts';
import { invalid } from './problem.js';

/** Milliseconds to wait from the digits of `?wait=`, no more than `cap`. */
export const waitOf = (digits: string | undefined, standard = 0, cap: number = LIMITS.clientWait): number =>
  Math.min(digits === undefined ? standard : Number(digits), cap);

/** How many items a page of a list has, from the digits of `?limit=`. */
export const pageLimit = (digits: string | undefined): number =>
  digits === undefined ? LIMITS.page.default : Number(digits);

/** A cursor is opaque to callers: where the next page of a list begins. */
export const encodeCursor = (seq: number): string => Buffer.from(`t${seq}`).toString('base64url');

export function decodeCursor(cursor: string): number {
  const seq = Buffer.from(cursor, 'base64url')
    .toString()
    .match(/^t(\d{1,15})$/)?.[1];
  if (seq === undefined || encodeCursor(Number(seq)) !== cursor) throw badCursor();
  return Number(seq);
}

/** The same for a list whose order is that of its ids. */
export const encodeIdCursor = (id: string): string => Buffer.from(`i${id}`).toString('base64url');

export function decodeIdCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url')
    .toString()
    .match(/^i([0-9a-f-]{36})$/)?.[1];
  if (id === undefined || encodeIdCursor(id) !== cursor) {
    throw invalid([{ field: 'cursor', message: 'cursor must be the nextCursor of the page before' }]);
  }
  return id;
}

/** The cursor of a list that is ordered by name. */
export const encodeNameCursor = (name: string): string => Buffer.from(`n${name}`).toString('base64url');

export function decodeNameCursor(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (!text.startsWith('n') || encodeNameCursor(text.slice(1)) !== cursor) throw badCursor();
  return text.slice(1);
}

const badCursor = () => invalid([{ field: 'cursor', message: 'cursor must be the nextCursor of the page before' }]);
