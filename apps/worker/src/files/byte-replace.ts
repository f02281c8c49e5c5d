import { setImmediate as nextTurn } from 'node:timers/promises';

// A few milliseconds of work: the worker's other tasks, and the end of this one's time, are seen in between.
const BYTES_A_TURN = 1_048_576;

/** How often `needle`, which is not empty, occurs in `content`, from the left and without overlaps. */
export async function countOccurrences(content: Buffer, needle: Buffer, signal: AbortSignal): Promise<number> {
  let count = 0;
  await eachOccurrence(content, needle, signal, () => {
    count += 1;
  });
  return count;
}

/** `content` with each of the `count` occurrences of `needle` replaced. */
export async function replaceOccurrences(
  content: Buffer,
  { needle, replacement, count }: { needle: Buffer; replacement: Buffer; count: number },
  signal: AbortSignal,
): Promise<Buffer> {
  // One buffer of the final size: a list of the parts would take many times the memory of a file full of matches.
  const result = Buffer.allocUnsafe(content.length + count * (replacement.length - needle.length));
  let read = 0;
  let written = 0;
  await eachOccurrence(content, needle, signal, (at) => {
    written += content.copy(result, written, read, at);
    written += replacement.copy(result, written);
    read = at + needle.length;
  });
  content.copy(result, written, read);
  return result;
}

/**
 * Visits the occurrences by Knuth, Morris and Pratt's search, in time that grows with the lengths only: for some
 * needles `Buffer#indexOf` takes their product, hours in which the worker would do nothing else.
 */
async function eachOccurrence(
  content: Buffer,
  needle: Buffer,
  signal: AbortSignal,
  visit: (at: number) => void,
): Promise<void> {
  const borders = bordersOf(needle);
  let matched = 0;
  for (let start = 0; start < content.length; start += BYTES_A_TURN) {
    const end = Math.min(start + BYTES_A_TURN, content.length);
    for (let at = start; at < end; at += 1) {
      const byte = content[at];
      while (matched > 0 && byte !== needle[matched]) matched = borders[matched - 1] ?? 0;
      if (byte === needle[matched]) matched += 1;
      if (matched === needle.length) {
        visit(at + 1 - needle.length);
        matched = 0;
      }
    }
    await nextTurn();
    signal.throwIfAborted();
  }
}

/** For each prefix of `needle`, the length of the longest shorter one that it also ends with. */
function bordersOf(needle: Buffer): Uint32Array {
  const borders = new Uint32Array(needle.length);
  let length = 0;
  for (let at = 1; at < needle.length; at += 1) {
    while (length > 0 && needle[at] !== needle[length]) length = borders[length - 1] ?? 0;
    if (needle[at] === needle[length]) length += 1;
    borders[at] = length;
  }
  return borders;
}
