import { LIMITS, type PerStream, type SentChunk, type StreamName } from '#contracts';
import type { BoundedOutput } from '../process/bounded-output.js';
import { type Piece, StreamedOutput } from './streamed-output.js';

/** How much goes into one request, about, in bytes. */
const BATCH_BYTES = 512 * 1024;
/** How many turns from one output to the other are remembered; what alternates more often is put together. */
const MOST_TURNS = 1000;

/** Both outputs of an attempt, cut into numbered chunks in the order in which they were printed. */
export class OutputBacklog {
  private readonly outputs: PerStream<StreamedOutput>;
  /** Whose bytes come next, and up to which one. Two in a row are never of the same output. */
  private readonly turns: { stream: StreamName; to: number }[] = [];
  private seq = 0;

  constructor(kept: PerStream<BoundedOutput>) {
    this.outputs = {
      stdout: new StreamedOutput('stdout', kept.stdout),
      stderr: new StreamedOutput('stderr', kept.stderr),
    };
  }

  /** Bytes that are streamed exactly and were not taken yet. */
  get bytes(): number {
    return this.outputs.stdout.uncut + this.outputs.stderr.uncut;
  }

  /** Something of the exact part waits, if it is more than a part of a character. */
  get hasTurn(): boolean {
    return this.turns.length > 0;
  }

  get hasWindow(): boolean {
    return this.outputs.stdout.hasWindow || this.outputs.stderr.hasWindow;
  }

  /** To be called before the bytes are kept, which may be reused afterwards. */
  note(stream: StreamName, bytes: Buffer): void {
    const output = this.outputs[stream];
    const before = output.exactEnd;
    output.note(bytes);
    if (output.exactEnd > before) this.addTurn(stream, output.exactEnd);
  }

  finish(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      this.outputs[stream].finish();
      if (this.outputs[stream].uncut > 0) this.addTurn(stream, this.outputs[stream].exactEnd);
    }
  }

  /** The next chunks of the exact part, for one request. */
  takeExact(): SentChunk[] {
    const chunks: SentChunk[] = [];
    const most = this.bytes - BATCH_BYTES;
    for (let turn = this.turns[0]; turn !== undefined; turn = this.turns[0]) {
      if (chunks.length > 0 && (this.bytes <= most || chunks.length >= LIMITS.output.chunks)) break;
      const piece = this.outputs[turn.stream].next(turn.to);
      if (piece === null) this.turns.shift();
      else chunks.push(this.number(piece));
    }
    return chunks;
  }

  /** One chunk for each output that has printed beyond its cap since the last time. */
  takeWindows(): SentChunk[] {
    const pieces = [this.outputs.stdout.takeWindow(), this.outputs.stderr.takeWindow()];
    return pieces.filter((piece) => piece !== null).map((piece) => this.number(piece));
  }

  private addTurn(stream: StreamName, to: number): void {
    const last = this.turns.at(-1);
    const same = last?.stream === stream ? last : this.turns.length >= MOST_TURNS ? this.turns.at(-2) : undefined;
    if (same) same.to = to;
    else this.turns.push({ stream, to });
  }

  private number(piece: Piece): SentChunk {
    this.seq += 1;
    return { seq: this.seq, ...piece };
  }
}
