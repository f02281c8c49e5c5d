import Anser from 'anser';
import type { OutputLine } from './output-log.js';

/** The lines without the sequences that colour them, for other programs. */
export const plainText = (lines: readonly OutputLine[]): string =>
  lines.map(({ text }) => `${Anser.ansiToText(text)}\n`).join('');
