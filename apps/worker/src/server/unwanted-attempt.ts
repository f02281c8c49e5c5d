import type { ERRORS } from '#contracts';
import { readProblem } from './api-answers.js';
import type { Reply } from './http-client.js';

const CODES = new Set<string | undefined>([
  'task_not_found',
  'stale_attempt',
  'not_claimant',
] satisfies (keyof typeof ERRORS)[]);

/** Whether the server says that it has no use for this attempt: the status alone may come from a gateway. */
export function isGone({ status, json }: Reply): boolean {
  return (status === 404 || status === 409) && CODES.has(readProblem(json).code);
}
