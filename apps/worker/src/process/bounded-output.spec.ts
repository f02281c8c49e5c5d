import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BoundedOutput } from './bounded-output.js';

const chunks = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 });
const bounds = fc.integer({ min: 1, max: 2000 });

function outputOf(maxBytes: number, parts: Iterable<Uint8Array>): BoundedOutput {
  const output = new BoundedOutput(maxBytes);
  for (const part of parts) output.push(Buffer.from(part));
  return output;
}

function split(text: string, sizes: number[]): Buffer[] {
  let rest = Buffer.from(text);
  const parts: Buffer[] = [];
  for (const size of sizes) {
    parts.push(rest.subarray(0, size));
    rest = rest.subarray(size);
  }
  return [...parts, rest];
}

describe('BoundedOutput', () => {
  it('gives back exactly what fits, however it was cut into chunks', () => {
    fc.assert(
      fc.property(chunks, (parts) => {
        const whole = Buffer.concat(parts);
        const output = outputOf(Math.max(1, whole.length), parts);
        expect(output.totalBytes).toBe(whole.length);
        expect(output.finish()).toEqual({ text: whole.toString('utf8'), truncated: false, bytes: whole.length });
      }),
    );
  });

  it('keeps half of the bound of the head and of the tail, and counts what is left out', () => {
    fc.assert(
      fc.property(bounds, chunks, (maxBytes, parts) => {
        const whole = Buffer.concat(parts);
        fc.pre(whole.length > maxBytes);
        const { text, truncated, bytes } = outputOf(maxBytes, parts).finish();
        expect({ truncated, bytes }).toEqual({ truncated: true, bytes: whole.length });

        const head = Math.floor(maxBytes / 2);
        const tail = maxBytes - head;
        // A cut may give up the at most three bytes that a split character has on its side.
        const fewer = [0, 1, 2, 3];
        const texts = fewer.flatMap((before) =>
          fewer.map((after) => {
            const from = whole.subarray(0, Math.max(0, head - before));
            const to = whole.subarray(whole.length - Math.max(0, tail - after));
            return `${from}\n[… ${whole.length - from.length - to.length} bytes left out …]\n${to}`;
          }),
        );
        expect(texts).toContain(text);
      }),
    );
  });

  it('never splits a character', () => {
    const text = fc.string({ unit: 'binary', maxLength: 400 });
    fc.assert(
      fc.property(text, bounds, fc.array(fc.integer({ min: 0, max: 50 })), (given, maxBytes, sizes) => {
        const whole = Buffer.byteLength(given);
        const finished = outputOf(maxBytes, split(given, sizes)).finish();
        if (!finished.truncated) return expect(finished.text).toBe(given);
        const [, head = '', leftOut, tail = ''] =
          /^(.*)\n\[… (\d+) bytes left out …\]\n(.*)$/s.exec(finished.text) ?? [];
        expect(given.startsWith(head) && given.endsWith(tail)).toBe(true);
        expect(Buffer.byteLength(head) + Number(leftOut) + Buffer.byteLength(tail)).toBe(whole);
      }),
    );
  });

  it('leaves out the character that lies across a cut', () => {
    const output = outputOf(6, [Buffer.from('ab€-----€yz')]);
    expect(output.finish().text).toBe('ab\n[… 11 bytes left out …]\nyz');
  });

  it('puts U+FFFD for what is not UTF-8, and keeps a byte order mark, line ends and spaces', () => {
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x20, 0x61, 0xff, 0x62, 0x0d, 0x0a, 0x0a, 0xe2, 0x82]);
    expect(outputOf(100, [bytes]).finish().text).toBe('\uFEFF a\uFFFDb\r\n\n\uFFFD');
  });

  it('is not changed when a chunk is reused after the push', () => {
    const chunk = Buffer.from('first');
    const output = new BoundedOutput(100);
    output.push(chunk);
    chunk.fill('x');
    expect(output.finish().text).toBe('first');
  });

  it('holds a ring that is larger than one block, over several rounds', () => {
    const output = new BoundedOutput(300_000);
    for (let line = 0; line < 100_000; line += 1) output.push(Buffer.from(`${String(line).padStart(9)}\n`));
    const { text, bytes } = output.finish();
    const lines = text.split('\n').map((line) => line.trim());
    expect(bytes).toBe(1_000_000);
    expect(lines.slice(0, 15_000)).toEqual(Array.from({ length: 15_000 }, (_, line) => String(line)));
    expect(lines[15_001]).toBe('[… 700000 bytes left out …]');
    expect(lines.slice(15_002, -1)).toEqual(Array.from({ length: 15_000 }, (_, line) => String(85_000 + line)));
  });
});
