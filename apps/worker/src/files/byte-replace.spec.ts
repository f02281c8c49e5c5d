import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countOccurrences, replaceOccurrences } from './byte-replace.js';

const { signal } = new AbortController();
const letters = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom('a', 'b'), minLength, maxLength });

async function replaced(content: string, needle: string, replacement: string): Promise<string> {
  const [where, what, by] = [content, needle, replacement].map((text) => Buffer.from(text, 'latin1'));
  if (!where || !what || !by) throw new Error('unreachable');
  const count = await countOccurrences(where, what, signal);
  expect(count).toBe(content.split(needle).length - 1);
  return (await replaceOccurrences(where, { needle: what, replacement: by, count }, signal)).toString('latin1');
}

describe('replacing bytes', () => {
  it('gives the same as splitting and joining, for needles that overlap themselves as well', async () => {
    await fc.assert(
      fc.asyncProperty(letters(0, 80), letters(1, 8), letters(0, 3), async (content, needle, replacement) => {
        expect(await replaced(content, needle, replacement)).toBe(content.split(needle).join(replacement));
      }),
      { numRuns: 500 },
    );
  });

  it('finds what lies across the end of a turn', async () => {
    const before = 'x'.repeat(1_048_576 - 2);

    expect(await replaced(`${before}needle${before}`, 'needle', '!')).toBe(`${before}!${before}`);
  });

  it('gets through a needle that almost matches everywhere', async () => {
    const needle = Buffer.from(`${'y'.repeat(50_000)}z${'y'.repeat(50_000)}`);
    const content = Buffer.concat([Buffer.alloc(4_000_000, 'y'), needle, Buffer.alloc(4_000_000, 'y')]);

    await expect(countOccurrences(content, needle, signal)).resolves.toBe(1);
    const replacement = Buffer.from('!');
    const after = await replaceOccurrences(content, { needle, replacement, count: 1 }, signal);
    expect([after.length, after.indexOf('!')]).toEqual([8_000_001, 4_000_000]);
  });
});
