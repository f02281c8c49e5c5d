import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BoundedOutput, codeBlock, isText, lastOf, readable, tailBlock } from './output-text.js';

/** What output may be made of, and what is hard about it. */
const output = fc
  .array(
    fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('`', '``', '```', '\n', '\r', '\u001b[31m', '👩‍💻')),
    {
      maxLength: 200,
    },
  )
  .map((parts) => parts.join(''));

describe('a block of code', () => {
  it('fits, is closed once, and is sound Unicode, whatever is in it', () => {
    fc.assert(
      fc.property(output, fc.integer({ min: 120, max: 400 }), (text, room) => {
        for (const block of [codeBlock(readable(text), room).block, tailBlock(readable(text), room)]) {
          expect(block.length).toBeLessThanOrEqual(room);
          expect(block.match(/```/g)).toHaveLength(2);
          expect(block).toMatch(/^```\n[\s\S]*\n```$/);
          expect(block.isWellFormed()).toBe(text.isWellFormed());
        }
      }),
    );
  });

  it('says how much is left out between head and tail', () => {
    const { block, cut } = codeBlock(Array.from({ length: 100 }, (_, n) => `line ${n}`).join('\n'), 200);
    expect(cut).toBe(true);
    expect(block).toMatch(/^```\nline 0\n[\s\S]*\[… \d+ characters more are in the file …\]\n[\s\S]*line 99\n```$/);
  });
});

describe('readable', () => {
  it.each([
    ['\u001b[1mbold\u001b[0m', 'bold'],
    ['10%\r 50%\r100%\ndone\r\n', '100%\ndone\n'],
    ['\u001b]0;title\u0007text', 'text'],
    ['a\u0000b\u0008c\td', 'abc\td'],
  ])('makes of %j what a terminal shows', (text, shown) => expect(readable(text)).toBe(shown));
});

describe('lastOf', () => {
  it('begins with a line where there is one', () => {
    expect(lastOf('first\nsecond\nthird', 10)).toBe('third');
    expect(lastOf('no line in here', 4)).toBe('here');
    expect(lastOf('short', 10)).toBe('short');
  });
});

describe('BoundedOutput', () => {
  it('keeps all that fits, and else the first and the last bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.integer({ min: 2, max: 100 }), (pieces, limit) => {
        const bounded = new BoundedOutput(limit);
        for (const piece of pieces) bounded.push(Buffer.from(piece));
        const whole = Buffer.concat(pieces);
        const kept = bounded.bytes;
        if (whole.length <= limit) expect(kept.equals(whole)).toBe(true);
        else {
          const [head, tail] = aroundMark(kept);
          expect([Math.ceil(limit / 2) - head.length, Math.floor(limit / 2) - tail.length]).toEqual([few, few]);
          const mark = `\n[… ${whole.length - head.length - tail.length} bytes are left out …]\n`;
          expect(kept.equals(Buffer.concat([head, Buffer.from(mark), tail]))).toBe(true);
          expect(whole.subarray(0, head.length).equals(head)).toBe(true);
          expect(whole.subarray(whole.length - tail.length).equals(tail)).toBe(true);
        }
      }),
    );
  });

  it('splits no character, so that text stays text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 40 }), fc.integer({ min: 2, max: 39 }), (text, limit) => {
        const bounded = new BoundedOutput(limit);
        bounded.push(Buffer.from(text.replaceAll('\0', '')));
        expect(isText(bounded.bytes)).toBe(true);
      }),
    );
  });

  const few = { asymmetricMatch: (bytes: unknown) => Number(bytes) >= 0 && Number(bytes) < 4 };

  function aroundMark(kept: Buffer): [Buffer, Buffer] {
    const [mark = ''] = kept.toString('latin1').match(/\n\[\xe2\x80\xa6 \d+ bytes are left out \xe2\x80\xa6\]\n/) ?? [];
    const at = kept.indexOf(mark, 'latin1');
    return [kept.subarray(0, at), kept.subarray(at + mark.length)];
  }
});
