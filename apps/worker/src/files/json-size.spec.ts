import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonTextBytes } from './json-size.js';

const encoded = (text: string) => Buffer.byteLength(JSON.stringify(text)) - 2;

describe('jsonTextBytes', () => {
  it('counts what JSON.stringify makes of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat(0xffff)), (text, units) => {
        const odd = text + String.fromCharCode(...units);
        expect(jsonTextBytes(odd)).toBe(encoded(odd));
      }),
    );
  });

  it.each([65_534, 65_535, 65_536])('counts a surrogate pair after %i units once', (before) => {
    const text = `${'a'.repeat(before)}😀${'\u0001'.repeat(70_000)}😀`;

    expect(jsonTextBytes(text)).toBe(encoded(text));
  });
});
