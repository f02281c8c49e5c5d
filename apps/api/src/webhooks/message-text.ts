/** Room for the line that stands for what is left out, in bytes. */
const LINE_BYTES = 64;

/** How many bytes `value` takes as JSON. */
export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** `text` if it takes at most `max` bytes as JSON; else its head and its tail, cut at characters, and what is missing. */
export function headAndTail(text: string, max: number): string {
  if (text.length <= max && jsonBytes(text) <= max) return text;
  const half = Math.max(0, Math.floor((max - LINE_BYTES) / 2));
  // A unit of UTF-16 takes a byte at the least.
  const head = within([...wellFormed(text.slice(0, half))], half).join('');
  const tail = within([...wellFormed(text.slice(text.length - half))].reverse(), half)
    .reverse()
    .join('');
  const missing = Buffer.byteLength(text) - Buffer.byteLength(head) - Buffer.byteLength(tail);
  return `${head}\n[… ${missing} bytes left out …]\n${tail}`;
}

/** Without the half of a character that a cut has left at an end. */
const wellFormed = (text: string) => text.replace(/^[\udc00-\udfff]/, '').replace(/[\ud800-\udbff]$/, '');

function within(characters: string[], bytes: number): string[] {
  let room = bytes;
  const end = characters.findIndex((character) => {
    room -= jsonBytes(character) - 2;
    return room < 0;
  });
  return end === -1 ? characters : characters.slice(0, end);
}
