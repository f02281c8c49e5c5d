import type { PerStream, StreamName } from '#contracts';
import type { BoundedOutput } from './bounded-output.js';

/** Closed, a process's output is not read, and the process waits as soon as its pipe is full. */
export interface Valve {
  close(): void;
  open(): void;
}

/** Follows what a process prints while it runs. */
export interface LiveOutput {
  /** Once, before anything is printed. @param kept where all that is printed goes right after it was noted */
  follow(kept: PerStream<BoundedOutput>, valve: Valve): void;
  /** To be called before the bytes are kept; they may be reused afterwards. */
  note(stream: StreamName, bytes: Buffer): void;
  /** The process has ended, or is being ended: nothing may keep it waiting any more. */
  leaveOpen(): void;
}
