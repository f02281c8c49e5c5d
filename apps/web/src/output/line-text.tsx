import Anser from 'anser';
import { memo } from 'react';
import type { OutputLine } from './output-log.js';

const ESCAPE = '\u001b';
/** What moves a cursor, names a window or links somewhere: a list of lines has none of that. */
const OTHER_SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
  /\u001b(?:\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\[[\d;?]*[A-Za-ln-z]|[()][A-Z0-9]|[=>78cDEHM])/g;
/** Other control characters, which a terminal shows nothing of. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
const CONTROLS = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g;

/** The text of a line in the colours that it was printed in: text and class names, never markup. */
export const LineText = memo(function LineText({ text, style }: Pick<OutputLine, 'text' | 'style'>) {
  const shown = text.replace(OTHER_SEQUENCES, '').replace(CONTROLS, '');
  if (style === '' && !shown.includes(ESCAPE)) return shown;
  return Anser.ansiToJson(style + shown, { json: true, use_classes: true, remove_empty: true }).map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a line have no other name
    <span key={index} className={classesOf(part)} style={coloursOf(part)}>
      {part.content}
    </span>
  ));
});

function classesOf({ fg, bg, decorations }: Anser.AnserJsonEntry): string {
  return [
    ...(fg ? [`${fg}-fg`] : []),
    ...(bg ? [`${bg}-bg`] : []),
    ...decorations.map((decoration) => `ansi-${decoration}`),
  ].join(' ');
}

/** Colours beyond the sixteen that have names. */
function coloursOf({ fg, bg, fg_truecolor, bg_truecolor }: Anser.AnserJsonEntry) {
  return {
    color: colourOf(fg, fg_truecolor),
    backgroundColor: colourOf(bg, bg_truecolor),
  };
}

function colourOf(name: string | null, truecolour: string | null): string | undefined {
  if (name === 'ansi-truecolor') return `rgb(${truecolour})`;
  const number = name?.match(/^ansi-palette-(\d+)$/)?.[1];
  return number === undefined ? undefined : paletteColour(Number(number));
}

/** Of the 256 colours, those that follow the sixteen: a cube of six steps each, and 24 greys. */
function paletteColour(number: number): string {
  if (number >= 232) return `rgb(${Array(3).fill(8 + (number - 232) * 10)})`;
  const step = (value: number) => (value === 0 ? 0 : 55 + value * 40);
  const index = number - 16;
  return `rgb(${[Math.floor(index / 36), Math.floor(index / 6) % 6, index % 6].map(step)})`;
}
