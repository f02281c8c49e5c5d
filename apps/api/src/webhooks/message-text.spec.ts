import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { headAndTail, jsonBytes } from './message-text.js';

describe('headAndTail', () => {
  it('leaves alone what fits', () => expect(headAndTail('short', 100)).toBe('short'));

  it('keeps to its bytes, at whole characters, and tells how many are missing', () => {
    const text = fc.string({ unit: 'binary', minLength: 0, maxLength: 2000 });
    fc.assert(
      fc.property(text, fc.integer({ min: 100, max: 2000 }), (text, max) => {
        const cut = headAndTail(text, max);
        if (cut === text) return jsonBytes(text) <= max;
        const [, head = '', missing = '', tail = ''] =
          cut.match(/^([\s\S]*)\n\[… (\d+) bytes left out …\]\n([\s\S]*)$/) ?? [];
        const kept = Buffer.byteLength(head) + Buffer.byteLength(tail);
        return (
          jsonBytes(cut) <= max &&
          cut.isWellFormed() &&
          text.startsWith(head) &&
          text.endsWith(tail) &&
          kept + Number(missing) === Buffer.byteLength(text)
        );
      }),
    );
  });
});
