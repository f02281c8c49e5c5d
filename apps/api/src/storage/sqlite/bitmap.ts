/** Places in one block. */
export const BLOCK = 32_768;

export const blockOf = (key: number): number => Math.floor(key / BLOCK);

/** Some of the places of a block, one bit each: 4 KiB, whatever they are. */
export class Bitmap {
  /** The same bytes, four at a time. */
  private readonly words: Uint32Array;

  private constructor(readonly bytes: Uint8Array) {
    this.words = new Uint32Array(bytes.buffer);
  }

  static empty(): Bitmap {
    return new Bitmap(new Uint8Array(BLOCK / 8));
  }

  /** Of `bytes` as they were kept, which are copied. */
  static from(bytes: Uint8Array): Bitmap {
    return new Bitmap(new Uint8Array(bytes));
  }

  /** Of rows by their keys, all of which lie in `block`. */
  static of(block: number, keys: readonly number[]): Bitmap {
    const made = Bitmap.empty();
    for (const key of keys) {
      const place = key - block * BLOCK;
      made.bytes[place >> 3] = (made.bytes[place >> 3] as number) | (1 << (place & 7));
    }
    return made;
  }

  and(other: Bitmap): Bitmap {
    const made = Bitmap.empty();
    for (let at = 0; at < made.words.length; at++) {
      made.words[at] = (this.words[at] as number) & (other.words[at] as number);
    }
    return made;
  }

  or(other: Bitmap): Bitmap {
    const made = Bitmap.empty();
    for (let at = 0; at < made.words.length; at++) {
      made.words[at] = (this.words[at] as number) | (other.words[at] as number);
    }
    return made;
  }

  has(place: number): boolean {
    return ((this.bytes[place >> 3] as number) & (1 << (place & 7))) !== 0;
  }

  isEmpty(): boolean {
    return this.words.every((word) => word === 0);
  }

  /** The nearest place that it holds, from `place` on: 1 upwards, -1 downwards. */
  seek(place: number, direction: 1 | -1): number | null {
    for (let at = place; at >= 0 && at < BLOCK; ) {
      if (this.bytes[at >> 3] === 0) at = direction === 1 ? (at | 7) + 1 : (at & ~7) - 1;
      else if (this.has(at)) return at;
      else at += direction;
    }
    return null;
  }
}
