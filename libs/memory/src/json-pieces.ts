const SLICE_UNITS = 16_384;
const PIECE_UNITS = 65_536;

/** A text in slices that split no surrogate pair. */
export function* textSlices(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + SLICE_UNITS, text.length);
    // A pair cut in two would become two escapes.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    yield text.slice(start, end);
    start = end;
  }
}

/** `JSON.stringify` of plain data, as bytes in pieces: whole, that of a long output takes many times its memory. */
export function* jsonPieces(value: unknown): Generator<Buffer> {
  let gathered = '';
  for (const text of jsonTexts(value)) {
    gathered += text;
    if (gathered.length < PIECE_UNITS) continue;
    yield Buffer.from(gathered);
    gathered = '';
  }
  if (gathered !== '') yield Buffer.from(gathered);
}

/** How many bytes all pieces have together. */
export function jsonByteLength(value: unknown): number {
  let bytes = 0;
  for (const text of jsonTexts(value)) bytes += Buffer.byteLength(text);
  return bytes;
}

function* jsonTexts(value: unknown): Generator<string> {
  if (typeof value === 'string' && value.length > SLICE_UNITS) {
    yield '"';
    for (const slice of textSlices(value)) yield JSON.stringify(slice).slice(1, -1);
    yield '"';
  } else if (Array.isArray(value)) {
    yield '[';
    for (const [index, item] of value.entries()) {
      if (index > 0) yield ',';
      yield* jsonTexts(item ?? null);
    }
    yield ']';
  } else if (typeof value === 'object' && value !== null) {
    let before = '{';
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      yield `${before}${JSON.stringify(key)}:`;
      yield* jsonTexts(item);
      before = ',';
    }
    yield before === '{' ? '{}' : '}';
  } else yield JSON.stringify(value);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
