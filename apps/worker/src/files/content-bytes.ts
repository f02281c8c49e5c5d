import type { TextEncoding } from '#contracts';
import { FileTaskError } from './file-errors.js';

/**
 * The bytes that `text` stands for. Throws for what has none, which Buffer would drop or replace in silence.
 * @param field the task's field, for the message
 */
export function contentBytes(text: string, encoding: TextEncoding, field: string): Buffer {
  if (encoding === 'base64' && !isBase64(text)) {
    throw new FileTaskError(`${field} is not base64; encode its bytes again`);
  }
  if (encoding === 'utf8' && /\p{Surrogate}/u.test(text)) {
    throw new FileTaskError(`${field} has half of a surrogate pair, which UTF-8 cannot hold; leave it out`);
  }
  return Buffer.from(text, encoding);
}

/** Of either alphabet, with or without padding and line breaks: all that Buffer decodes to the bytes that were meant. */
function isBase64(text: string): boolean {
  const digits = text.replace(/\s+/g, '').replace(/={1,2}$/, '');
  return digits.length % 4 !== 1 && !/[^\w+/-]/.test(digits);
}
