import { StringDecoder } from 'node:string_decoder';
import { withoutSplitEnd, withoutSplitStart } from '#memory';
import { leftOutLine } from './left-out.js';

/** What an output stream came to: `text` is what is kept of it, `bytes` is how many there really were. */
export interface FinishedOutput {
  text: string;
  truncated: boolean;
  bytes: number;
}

const BLOCK_BYTES = 65_536;
/** More than a part of a character can have. */
const EDGE_BYTES = 4;

/**
 * Keeps the head and the tail of a byte stream, half of `maxBytes` each, and never holds more than that.
 * The bytes are stored in blocks that are filled once for the head and round and round, as a ring, for the tail:
 * a stream of single bytes costs no more memory than one of large chunks.
 */
export class BoundedOutput {
  private readonly headBytes: number;
  private readonly tailBytes: number;
  private readonly blocks: Buffer[] = [];
  private total = 0;

  /** @param maxBytes how much is kept, at least 1 */
  constructor(readonly maxBytes: number) {
    this.headBytes = Math.floor(maxBytes / 2);
    this.tailBytes = maxBytes - this.headBytes;
  }

  get totalBytes(): number {
    return this.total;
  }

  /** Copies what is to be kept: the chunk may be reused afterwards. */
  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      const passing = this.total < this.headBytes ? 0 : Math.max(0, rest.length - this.tailBytes);
      this.total += passing;
      rest = rest.subarray(passing);
      const written = this.write(rest);
      this.total += written;
      rest = rest.subarray(written);
    }
  }

  /** A copy of the bytes from number `from` to before `to`; only while nothing had to be left out. */
  copy(from: number, to: number): Buffer {
    return this.stored(from, to);
  }

  /**
   * The text as UTF-8, with U+FFFD for what is not. When bytes had to be left out, one line between head and tail tells
   * how many, and no character is split on either side of it.
   */
  finish(): FinishedOutput {
    if (this.total <= this.maxBytes) {
      return { text: textOf(this.views(0, this.total)), truncated: false, bytes: this.total };
    }
    const headEnd = this.stored(Math.max(0, this.headBytes - EDGE_BYTES), this.headBytes);
    const head = this.views(0, this.headBytes - headEnd.length + withoutSplitEnd(headEnd).length);
    const oldest = this.positionOf(this.total);
    const ring = [...this.views(oldest, this.maxBytes), ...this.views(this.headBytes, oldest)];
    const tailStart = Buffer.concat(ring.map((view) => view.subarray(0, EDGE_BYTES)));
    const tail = withoutFirst(ring, tailStart.length - withoutSplitStart(tailStart).length);
    const leftOut = this.total - lengthOf(head) - lengthOf(tail);
    return { text: textOf(head) + leftOutLine(leftOut) + textOf(tail), truncated: true, bytes: this.total };
  }

  /** Where the stream's byte number `index` is stored. */
  private positionOf(index: number): number {
    if (index < this.maxBytes) return index;
    return this.headBytes + ((index - this.headBytes) % this.tailBytes);
  }

  /** Stores bytes up to the next bound, of a block, the head or the ring; answers how many. */
  private write(bytes: Buffer): number {
    if (bytes.length === 0) return 0;
    const position = this.positionOf(this.total);
    const offset = position % BLOCK_BYTES;
    const room = (position < this.headBytes ? this.headBytes : this.maxBytes) - position;
    return bytes.copy(this.blockAt(position), offset, 0, Math.min(bytes.length, room, BLOCK_BYTES - offset));
  }

  private blockAt(position: number): Buffer {
    const index = Math.floor(position / BLOCK_BYTES);
    const block = this.blocks[index] ?? Buffer.alloc(Math.min(BLOCK_BYTES, this.maxBytes - index * BLOCK_BYTES));
    this.blocks[index] = block;
    return block;
  }

  private stored(from: number, to: number): Buffer {
    return Buffer.concat(this.views(from, to));
  }

  /** What is stored from one position to another, not copied. */
  private views(from: number, to: number): Buffer[] {
    return this.blocks
      .map((block, index) => {
        const start = index * BLOCK_BYTES;
        return block.subarray(Math.max(0, from - start), Math.max(0, to - start));
      })
      .filter(({ length }) => length > 0);
  }
}

function lengthOf(views: readonly Buffer[]): number {
  return views.reduce((sum, { length }) => sum + length, 0);
}

/** The views without so many bytes at their start. */
function withoutFirst(views: readonly Buffer[], bytes: number): Buffer[] {
  let rest = bytes;
  return views.map((view) => {
    const cut = view.subarray(Math.min(rest, view.length));
    rest -= view.length - cut.length;
    return cut;
  });
}

/** Decoded piece by piece: a copy of all the bytes would be as large again. */
function textOf(views: readonly Buffer[]): string {
  const decoder = new StringDecoder('utf8');
  return views.map((view) => decoder.write(view)).join('') + decoder.end();
}
