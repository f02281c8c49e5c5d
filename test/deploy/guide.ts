import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../programs.js';

export interface Block {
  /** Its line in the guide. */
  line: number;
  /** Whose shell it is for. */
  place: string;
  /** What else its fence says. */
  marks: string[];
  text: string;
}

/** The shell blocks of docs/operate.md, in order. */
export function guideBlocks(): Block[] {
  const guide = readFileSync(join(ROOT, 'docs/operate.md'), 'utf8');
  return [...guide.matchAll(/^```sh ?(.*)\n([\s\S]*?)^```$/gm)].map(({ index, 1: info = '', 2: text = '' }) => {
    const [place = '', ...marks] = info.split(' ');
    return { line: guide.slice(0, index).split('\n').length, place, marks, text };
  });
}
