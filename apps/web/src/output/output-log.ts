import type { OutputChunk } from '#contracts';

export interface OutputLine {
  /** Counts from 1. */
  number: number;
  kind: 'stdout' | 'stderr' | 'attempt';
  /** As it was printed, escape sequences included; of a line that was overwritten, what it came to. */
  text: string;
  /** The escape sequences that are in force where the line begins. */
  style: string;
}

interface Limits {
  /** Lines that are kept; of more, the oldest go. Browsers draw nothing higher than some 17 million pixels. */
  lines?: number;
  /** Characters of a line; the rest goes on in the next. */
  width?: number;
}

const MAX_LINES = 800_000;
const MAX_WIDTH = 4000;
const ESCAPE = '\u001b';
/** A select-graphic-rendition sequence, which styles what follows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
const STYLES = /\u001b\[([\d;]*)m/g;

interface Stream {
  decoder: TextDecoder;
  /** The line that is not ended yet, which is the one at `index` of `lines`. */
  open: OutputLine | null;
  style: string;
}

/** The output of a task as lines, in the order in which they began; it only grows, but for the oldest when there are too many. */
export class OutputLog {
  readonly lines: OutputLine[] = [];
  /** How many lines have made room for newer ones. */
  dropped = 0;
  /** Grows with every change. */
  version = 0;
  private attempt = 1;
  private streams = { stdout: newStream(), stderr: newStream() };
  private readonly listeners = new Set<() => void>();
  private readonly limits: Required<Limits>;

  constructor({ lines = MAX_LINES, width = MAX_WIDTH }: Limits = {}) {
    this.limits = { lines, width };
  }

  append(chunks: readonly OutputChunk[]): void {
    if (chunks.length === 0) return;
    for (const chunk of chunks) {
      if (chunk.attempt !== this.attempt) this.beginAttempt(chunk.attempt);
      const stream = this.streams[chunk.stream];
      this.write(chunk.stream, textOf(chunk, stream.decoder));
    }
    const excess = this.lines.length - this.limits.lines;
    if (excess > 0) {
      this.lines.splice(0, excess);
      this.dropped += excess;
    }
    this.version += 1;
    for (const listener of this.listeners) listener();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private beginAttempt(attempt: number): void {
    this.attempt = attempt;
    this.streams = { stdout: newStream(), stderr: newStream() };
    this.newLine('attempt', `Attempt ${attempt}`, '');
  }

  private write(kind: 'stdout' | 'stderr', text: string): void {
    const stream = this.streams[kind];
    const pieces = text.split('\n');
    pieces.forEach((piece, index) => {
      const isEnded = index < pieces.length - 1;
      // The end of the text after its last line break is no line yet.
      if (piece !== '' || isEnded) this.extend(kind, piece);
      if (isEnded) this.endLine(stream);
    });
  }

  private extend(kind: 'stdout' | 'stderr', piece: string): void {
    const stream = this.streams[kind];
    let rest = piece;
    for (;;) {
      stream.open ??= this.newLine(kind, '', stream.style);
      const line = stream.open;
      const text = overwritten(line.text + rest);
      line.text = text.slice(0, this.limits.width);
      if (text.length <= this.limits.width) return;
      rest = text.slice(this.limits.width);
      this.endLine(stream);
    }
  }

  private newLine(kind: OutputLine['kind'], text: string, style: string): OutputLine {
    const line = { number: this.dropped + this.lines.length + 1, kind, text, style };
    this.lines.push(line);
    return line;
  }

  private endLine(stream: Stream): void {
    const { open } = stream;
    if (!open) return;
    if (open.text.endsWith('\r')) open.text = open.text.slice(0, -1);
    stream.style = styleAfter(stream.style, open.text);
    stream.open = null;
  }
}

const newStream = (): Stream => ({ decoder: new TextDecoder(), open: null, style: '' });

function textOf({ data, encoding }: OutputChunk, decoder: TextDecoder): string {
  if (encoding === 'utf8') return data;
  return decoder.decode(
    Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0)),
    { stream: true },
  );
}

/** A carriage return takes a terminal back to the beginning of the line, as progress bars do: the newest writing shows. */
function overwritten(text: string): string {
  const end = text.endsWith('\r') ? text.length - 1 : text.length;
  const last = text.lastIndexOf('\r', end - 1);
  return last === -1 || end === 0 ? text : text.slice(last + 1);
}

/** What is in force after a line: all sequences since the last that begins with a reset. */
function styleAfter(style: string, text: string): string {
  if (!text.includes(ESCAPE)) return style;
  let inForce = style;
  for (const [sequence, codes = ''] of text.matchAll(STYLES)) {
    const isReset = codes === '' || /^0*(;|$)/.test(codes);
    inForce = isReset ? (/^0*$/.test(codes) ? '' : sequence) : inForce + sequence;
  }
  // Programs that never reset would make it grow for ever; the newest sequences are what counts.
  return inForce.length > 200 ? inForce.slice(inForce.indexOf(ESCAPE, inForce.length - 100)) : inForce;
}
