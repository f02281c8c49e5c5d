import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonByteLength, jsonPieces } from './json-pieces.js';

const joined = (value: unknown) => Buffer.concat([...jsonPieces(value)]).toString();

describe('jsonPieces', () => {
  it('are the JSON of any plain data', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(joined(value)).toBe(JSON.stringify(value));
        expect(jsonByteLength(value)).toBe(Buffer.byteLength(JSON.stringify(value)));
      }),
    );
  });

  it('leave out what is undefined, as JSON does', () => {
    const value = { a: undefined, b: [undefined, 1], c: { d: undefined } };
    expect(joined(value)).toBe(JSON.stringify(value));
  });

  it('split no character of a long text, and stay small', () => {
    for (const text of ['😀'.repeat(100_000), `x${'😀'.repeat(100_000)}`, '\u0001\ud800"'.repeat(60_000)]) {
      const pieces = [...jsonPieces({ stdout: text })];
      expect(Buffer.concat(pieces).equals(Buffer.from(JSON.stringify({ stdout: text })))).toBe(true);
      expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(10 * 65_536);
    }
  });
});
