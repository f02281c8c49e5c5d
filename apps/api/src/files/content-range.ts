import { invalid } from '../http/problem.js';

export interface Piece {
  start: number;
  /** Of the piece. */
  length: number;
  /** Of the whole file. */
  size: number;
}

/** The header of a piece, `bytes START-END/SIZE` as RFC 9110 has it. Throws `validation_failed`. */
export function parseContentRange(header: string | undefined): Piece {
  const [start, end, size] = (header?.match(/^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/)?.slice(1) ?? []).map(Number);
  if (start !== undefined && end !== undefined && size !== undefined && start <= end && end < size) {
    return { start, length: end - start + 1, size };
  }
  const message = 'Content-Range must say which bytes these are, such as "bytes 0-1048575/2097152"';
  throw invalid([{ field: 'Content-Range', message }]);
}
