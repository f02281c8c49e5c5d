import { isUtf8 } from 'node:buffer';
import { stripVTControlCharacters } from 'node:util';
import { withoutSplitEnd, withoutSplitStart } from '#memory';

/** The first and the last bytes of what is too much to keep whole. */
export class BoundedOutput {
  private readonly head: Buffer[] = [];
  private tail: Buffer[] = [];
  private headBytes = 0;
  private tailBytes = 0;
  private omittedBytes = 0;

  /** @param limit how many bytes are kept */
  constructor(private readonly limit: number) {}

  push(data: Buffer): void {
    const room = Math.ceil(this.limit / 2) - this.headBytes;
    const first = data.subarray(0, Math.max(0, room));
    if (first.length > 0) this.head.push(first);
    this.headBytes += first.length;
    const rest = data.subarray(first.length);
    if (rest.length === 0) return;
    this.tail.push(rest);
    this.tailBytes += rest.length;
    this.shorten();
  }

  /** What is kept, with a line where bytes are left out: no character is split on either side of it. */
  get bytes(): Buffer {
    if (this.omittedBytes === 0) return Buffer.concat([...this.head, ...this.tail]);
    const head = withoutSplitEnd(Buffer.concat(this.head));
    const tail = withoutSplitStart(Buffer.concat(this.tail));
    const leftOut = this.omittedBytes + this.headBytes - head.length + this.tailBytes - tail.length;
    return Buffer.concat([head, Buffer.from(`\n[… ${leftOut} bytes are left out …]\n`), tail]);
  }

  private shorten(): void {
    const most = Math.floor(this.limit / 2);
    while (this.tailBytes > most) {
      const [oldest] = this.tail;
      if (!oldest) return;
      const excess = Math.min(oldest.length, this.tailBytes - most);
      this.tail = excess === oldest.length ? this.tail.slice(1) : [oldest.subarray(excess), ...this.tail.slice(1)];
      this.tailBytes -= excess;
      this.omittedBytes += excess;
    }
  }
}

/** What a terminal would show in the end: no colours, nothing that was overwritten, no control characters. */
export function readable(text: string): string {
  const lines = stripVTControlCharacters(text)
    .split('\n')
    .map((line) => {
      const whole = line.endsWith('\r') ? line.slice(0, -1) : line;
      return whole.slice(whole.lastIndexOf('\r') + 1);
    });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return lines.join('\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}

/** Whether bytes are text that a person can read. */
export const isText = (bytes: Buffer): boolean => isUtf8(bytes) && !bytes.includes(0);

/** A block of code that holds `text`, which nothing in it can end: `room` characters at most, cut to its head and its tail. */
export function codeBlock(text: string, room: number): { block: string; cut: boolean } {
  const safe = withoutFences(text);
  const inside = room - FENCES_LENGTH;
  if (safe.length <= inside) return { block: fenced(safe), cut: false };
  return { block: fenced(headAndTail(safe, inside)), cut: true };
}

/** The same with as much of the end as fits. */
export const tailBlock = (text: string, room: number): string =>
  fenced(lastOf(withoutFences(text), room - FENCES_LENGTH));

const FENCE = '```';
const FENCES_LENGTH = FENCE.length * 2 + 2;
const fenced = (text: string) => `${FENCE}\n${text}\n${FENCE}`;
const withoutFences = (text: string) => text.replace(/\n+$/, '').replace(/``(?=`)/g, '``\u200b');

/** The end of what is printed says most. */
const HEAD_SHARE = 0.3;

function headAndTail(text: string, length: number): string {
  const mark = `\n[… ${text.length - length} characters more are in the file …]\n`;
  const room = length - mark.length;
  const head = Math.floor(room * HEAD_SHARE);
  return wellFormed(text.slice(0, head)) + mark + wellFormed(text.slice(text.length - (room - head)));
}

/** The last `length` characters, from the beginning of a line where there is one. */
export function lastOf(text: string, length: number): string {
  if (text.length <= length) return text;
  const tail = text.slice(text.length - length);
  const line = tail.indexOf('\n');
  return wellFormed(line >= 0 && line < tail.length / 2 ? tail.slice(line + 1) : tail);
}

/** Without the half of a surrogate pair that a cut has left at an end. */
const wellFormed = (text: string): string => text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
