import { LIMITS } from '#contracts';
import { HEADER_TEXT } from '#contracts/dto';
import { invalid } from '../http/problem.js';

/** The header, for the description of a route that takes it. */
export const WORKER_NAME = { name: 'X-Worker-Name', required: false, description: 'what the worker calls itself' };

/** What the header says; null without one. */
export function workerName(given: string | undefined): string | null {
  if (given === undefined || given === '') return null;
  if (given.length <= LIMITS.workerName && HEADER_TEXT.test(given)) return given;
  const message = `X-Worker-Name must be 1 to ${LIMITS.workerName} printable ASCII characters`;
  throw invalid([{ field: 'X-Worker-Name', message }]);
}
