import { textSlices } from '#memory';

/** What the `stdout` of a file task may take as JSON, in bytes: with the rest of its report it stays under 64 MiB. */
export const MAX_STDOUT_JSON_BYTES = 60 * 1_048_576;

/** The bytes that `text` takes inside a JSON string, its quotes not counted. */
export function jsonTextBytes(text: string): number {
  let total = 0;
  // By slices: a whole copy could take six times the memory of the text.
  for (const slice of textSlices(text)) total += Buffer.byteLength(JSON.stringify(slice)) - 2;
  return total;
}
