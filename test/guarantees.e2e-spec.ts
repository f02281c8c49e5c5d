import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from './programs.js';

const page = readFileSync(join(ROOT, 'docs/guarantees.md'), 'utf8');
const rows = [...page.matchAll(/^\| (?!it holds|---)(.+?) \| (`.+) \|$/gm)].map(([, what = '', proofs = '']) => ({
  what,
  proofs,
}));

/** `file: title; title; file: title`, as pairs. */
function testsOf(proofs: string): [file: string, title: string][] {
  let file = '';
  return proofs.split('; ').map((proof) => {
    const [, named, title = proof] = /^`(.+?)`: (.*)$/.exec(proof) ?? [];
    file = named ?? file;
    return [file, title];
  });
}

describe('docs/guarantees.md', () => {
  it('has a row for every line of its table', () => {
    expect(rows.length).toBeGreaterThan(15);
    expect(rows).toHaveLength(page.split('\n').filter((line) => line.startsWith('| ')).length - 2);
  });

  it.each(rows)('names tests that there are: $what', ({ proofs }) => {
    for (const [file, title] of testsOf(proofs)) {
      const found = readFileSync(join(ROOT, file), 'utf8').includes(`it('${title}'`);
      expect({ file, title, found }).toEqual({ file, title, found: true });
    }
  });
});
