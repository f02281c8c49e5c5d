import type { Socket } from 'node:net';
import { finished } from 'node:stream';

/** At 64 KiB a read, some 6 MB a second: what prints faster is slowed down and costs the worker next to nothing. */
const DISCARD_PAUSE_MS = 10;

/** Reads one output of a process and hands on its chunks. */
export class OutputReader {
  /** Resolves when no process holds the output open any more. */
  readonly ended: Promise<void>;

  constructor(
    private readonly stream: Socket,
    private onChunk: (chunk: Buffer) => void,
  ) {
    stream.on('data', (chunk: Buffer) => this.onChunk(chunk));
    this.ended = new Promise((resolve) => {
      finished(stream, { writable: false }, () => resolve());
    });
  }

  /** Reads no more: what is printed fills the pipe, and then the process waits. */
  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  /**
   * Hands on nothing more, and no longer keeps the worker alive. What is still printed is read and thrown away: were
   * the pipe closed, its next line would end a process that was left running in the background.
   */
  letGo(): void {
    this.onChunk = () => {
      this.stream.pause();
      setTimeout(() => this.stream.resume(), DISCARD_PAUSE_MS).unref();
    };
    this.stream.resume();
    this.stream.unref();
  }
}
