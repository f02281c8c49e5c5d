/** What the `stdout` of a file task may take as JSON, in bytes: with the rest of its report it stays under 64 MiB. */
export const MAX_STDOUT_JSON_BYTES = 60 * 1_048_576;

const SLICE_UNITS = 65_536;

/** The bytes that `text` takes inside a JSON string, its quotes not counted. */
export function jsonTextBytes(text: string): number {
  let total = 0;
  let start = 0;
  // By slices: a whole copy could take six times the memory of the text.
  while (start < text.length) {
    let end = Math.min(start + SLICE_UNITS, text.length);
    // A pair cut in two would be counted as two escapes.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    total += Buffer.byteLength(JSON.stringify(text.slice(start, end))) - 2;
    start = end;
  }
  return total;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
