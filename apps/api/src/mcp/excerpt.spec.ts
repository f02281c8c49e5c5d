import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { excerpt, share } from './excerpt.js';

const text = fc.string({ unit: 'grapheme', maxLength: 300 });
const room = fc.integer({ min: 10, max: 100 });

describe('excerpt', () => {
  it('leaves a text alone that has room', () => {
    expect(excerpt('hello', 5, 'head and tail')).toEqual({ text: 'hello', leftOut: 0, from: 5 });
  });

  it('tells what is missing in the middle', () => {
    expect(excerpt('0123456789', 4, 'head and tail')).toEqual({
      text: '01\n[… 6 characters left out …]\n89',
      leftOut: 6,
      from: 2,
    });
  });

  it('has pieces that together are the whole, none longer than there is room', () => {
    fc.assert(
      fc.property(text, room, (whole, size) => {
        const pieces: string[] = [];
        for (let offset = 0; offset < whole.length; ) {
          const piece = excerpt(whole.slice(offset), size, 'head');
          expect(piece.text.length).toBeLessThanOrEqual(size);
          expect(piece.leftOut).toBe(whole.length - offset - piece.text.length);
          pieces.push(piece.text);
          offset += piece.text.length;
        }
        expect(pieces.join('')).toBe(whole);
        expect(pieces.every((piece) => piece.isWellFormed())).toBe(whole.isWellFormed());
      }),
    );
  });

  it('parts no character, and says how much it left out', () => {
    fc.assert(
      fc.property(text, room, (whole, size) => {
        const { text: shown, leftOut, from } = excerpt(whole, size, 'head and tail');
        const [head = '', tail = ''] = shown.split(/\n\[… \d+ characters left out …\]\n/);
        if (leftOut === 0) return expect(shown).toBe(whole);
        expect(head + whole.slice(from, from + leftOut) + tail).toBe(whole);
        expect(head.isWellFormed() && tail.isWellFormed()).toBe(whole.isWellFormed());
      }),
    );
  });
});

describe('share', () => {
  it.each([
    ['short', 'short', [5, 95]],
    ['x'.repeat(90), 'short', [95, 5]],
    ['short', 'x'.repeat(200), [5, 95]],
    ['x'.repeat(200), 'x'.repeat(200), [50, 50]],
  ])('gives one what the other leaves', (first, second, rooms) => {
    expect(share(100, first, second)).toEqual(rooms);
  });
});
