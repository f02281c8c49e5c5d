import type { TextEncoding } from './task.js';

export const STREAMS = ['stdout', 'stderr'] as const;
export type StreamName = (typeof STREAMS)[number];

/** A piece of what a process has printed: UTF-8 text with no character split, or base64 for bytes that are not. */
interface OutputPiece {
  stream: StreamName;
  data: string;
  encoding: TextEncoding;
}

/** A chunk as its worker sends it; `seq` counts from 1 in each attempt, over both streams. */
export interface SentChunk extends OutputPiece {
  seq: number;
}

export interface OutputRequest {
  taskId: string;
  attempt: number;
  /** In order, without a gap; none at all asks for `next`. */
  chunks: SentChunk[];
}

export interface OutputReceipt {
  /** The `seq` that the server expects next of this attempt; what comes before it is stored. */
  next: number;
}

/** A chunk as clients read it; `seq` counts from 1 in each task, over all attempts. */
export interface OutputChunk extends OutputPiece {
  seq: number;
  attempt: number;
  /** When the server got it, in milliseconds since the epoch. */
  at: number;
}

export interface OutputPage {
  chunks: OutputChunk[];
  /** What to pass as `after` for the chunks that follow. */
  next: number;
  /** Nothing follows: the task has ended and this page holds the last chunk. */
  done: boolean;
}
