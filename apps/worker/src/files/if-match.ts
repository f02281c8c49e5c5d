import { FileTaskError } from './file-errors.js';

/**
 * Throws `changed` unless the content has the hash that the client expects.
 * @param expected 64 hex digits; undefined when any content will do
 * @param actual 64 lower-case hex digits; null when there is no file
 */
export function requireMatch(path: string, expected: string | undefined, actual: string | null): void {
  if (expected === undefined || expected.toLowerCase() === actual) return;
  const found = actual === null ? 'does not exist' : `has the SHA-256 ${actual}`;
  throw new FileTaskError(
    `changed: ${JSON.stringify(path)} ${found}, not ${expected}; read it again, then repeat this`,
  );
}
