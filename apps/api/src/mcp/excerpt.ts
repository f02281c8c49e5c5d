/** A part of a text. Lengths and offsets count UTF-16 code units, as JavaScript does. */
export interface Excerpt {
  text: string;
  /** How much is left out, and from where on. */
  leftOut: number;
  from: number;
}

export type Shape = 'head' | 'head and tail';

/** At most `room` of `text`: its head, or its head and its tail with a line between them that tells what is missing. */
export function excerpt(text: string, room: number, shape: Shape): Excerpt {
  if (text.length <= room) return { text, leftOut: 0, from: text.length };
  const from = beforePair(text, shape === 'head' ? room : Math.ceil(room / 2));
  const to = shape === 'head' ? text.length : beforePair(text, text.length - Math.floor(room / 2));
  const leftOut = to - from;
  // A pair kept whole may be all that there was between them.
  if (leftOut === 0) return { text, leftOut, from: text.length };
  const head = text.slice(0, from);
  if (shape === 'head') return { text: head, leftOut, from };
  return { text: `${head}\n[… ${leftOut} characters left out …]\n${text.slice(to)}`, leftOut, from };
}

/** The room of two texts that share `room`: what one leaves, the other may have. */
export function share(room: number, first: string, second: string): [number, number] {
  const half = Math.floor(room / 2);
  if (first.length <= half) return [first.length, room - first.length];
  if (second.length <= half) return [room - second.length, second.length];
  return [room - half, half];
}

/** `at`, or one less where that would part a surrogate pair. */
function beforePair(text: string, at: number): number {
  const parts = /[\uD800-\uDBFF]/.test(text.charAt(at - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(at));
  return parts ? at - 1 : at;
}
