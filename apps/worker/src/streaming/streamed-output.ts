import { isUtf8 } from 'node:buffer';
import { LIMITS, type SentChunk, type StreamName } from '#contracts';
import { withoutSplitEnd } from '#memory';
import { BoundedOutput } from '../process/bounded-output.js';

export type Piece = Omit<SentChunk, 'seq'>;

/** What is sent of an output beyond its cap: head and tail of what was printed since the last time, in bytes. */
const WINDOW_BYTES = 65_536;
/** How much is held beside the kept output when that begins to leave out bytes that were not cut off yet. */
const LEFT_BYTES = 2 * 1_048_576;

/** What came after the cap, and what had not been cut off by then. */
interface Overflow {
  left: Buffer;
  leftFrom: number;
  window: BoundedOutput;
  /** A character that is not whole yet. */
  part: Buffer;
}

/**
 * One output of a process as pieces of a stream: byte for byte up to the cap of the kept output, read from there, so
 * that an outage costs no memory and leaves no gap. Beyond it, windows that each leave out their middle.
 */
export class StreamedOutput {
  private cut = 0;
  private end = 0;
  private finished = false;
  private overflow: Overflow | undefined;

  constructor(
    private readonly name: StreamName,
    private readonly kept: BoundedOutput,
  ) {}

  /** Bytes that are streamed exactly and were not cut off yet. */
  get uncut(): number {
    return this.end - this.cut;
  }

  /** Where the exact part ends so far, as a number of bytes from the start. */
  get exactEnd(): number {
    return this.end;
  }

  get hasWindow(): boolean {
    return (this.overflow?.window.totalBytes ?? 0) > 0;
  }

  /** To be called before `kept` gets the bytes, which may be reused afterwards. */
  note(bytes: Buffer): void {
    const room = this.kept.maxBytes - this.kept.totalBytes;
    if (!this.overflow && bytes.length <= room) this.end += bytes.length;
    else {
      this.overflow ??= this.spill(bytes.subarray(0, room));
      this.intoWindow(bytes.subarray(Math.max(0, room)), this.overflow);
    }
  }

  /** Nothing follows: a character that is not whole will not become so. */
  finish(): void {
    this.finished = true;
    if (this.overflow) this.overflow.window.push(this.overflow.part);
  }

  /** The next piece that ends before byte number `to` at the latest, and splits no character; null when there is none. */
  next(to: number): Piece | null {
    const end = Math.min(to, this.end, this.cut + LIMITS.output.chunkBytes);
    const bytes = this.exact(this.cut, end);
    const whole = this.finished && end === this.end ? bytes : withoutSplitEnd(bytes);
    if (whole.length === 0) return null;
    this.cut += whole.length;
    const encoding = isUtf8(whole) ? 'utf8' : 'base64';
    return { stream: this.name, data: whole.toString(encoding), encoding };
  }

  /** What was printed beyond the cap since the last time, if anything; to be asked for when all before it is cut off. */
  takeWindow(): Piece | null {
    if (!this.overflow || !this.hasWindow) return null;
    const { text } = this.overflow.window.finish();
    this.overflow.window = new BoundedOutput(WINDOW_BYTES);
    return { stream: this.name, data: text, encoding: 'utf8' };
  }

  private exact(from: number, to: number): Buffer {
    if (!this.overflow) return this.kept.copy(from, to);
    const { left, leftFrom } = this.overflow;
    return left.subarray(from - leftFrom, to - leftFrom);
  }

  /** @param last what fills the kept output, which overwrites itself from then on */
  private spill(last: Buffer): Overflow {
    const uncut = Buffer.concat([this.kept.copy(this.cut, this.kept.totalBytes), last]);
    const left = withoutSplitEnd(uncut.subarray(0, LEFT_BYTES));
    this.end = this.cut + left.length;
    const overflow = { left, leftFrom: this.cut, window: new BoundedOutput(WINDOW_BYTES), part: Buffer.alloc(0) };
    this.intoWindow(uncut.subarray(left.length), overflow);
    return overflow;
  }

  private intoWindow(bytes: Buffer, overflow: Overflow): void {
    const all = overflow.part.length > 0 ? Buffer.concat([overflow.part, bytes]) : bytes;
    const whole = withoutSplitEnd(all);
    overflow.window.push(whole);
    overflow.part = Buffer.from(all.subarray(whole.length));
  }
}
