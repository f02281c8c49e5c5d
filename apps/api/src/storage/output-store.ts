import type { Instant } from '../domain/clock.js';
import type { Reporter } from '../domain/lease.js';
import type { Refusal } from '../domain/task-machine.js';

export type StreamName = 'stdout' | 'stderr';

/**
 * What processes print, while they run and after. Every method is one transaction. Errors: `StorageFull`,
 * `StorageUnavailable`.
 */
export interface OutputStore {
  /** Adds what an attempt has printed. What was added before is left as it is. */
  append(output: PrintedOutput, now: Instant): Promise<AppendVerdict>;
  /**
   * The chunks whose number is above `after`, oldest first: at least one, and no more once they hold `bytes`. After the
   * end of its task the stream holds what the report does, whether that was streamed or not. Null: there is no such task.
   */
  page(taskId: string, after: number, bytes: number): Promise<StoredPage | null>;
  /** The number of the chunk after which the last `bytes` of what is kept follow, and the rest of a chunk; null as above. */
  beforeTail(taskId: string, bytes: number): Promise<number | null>;
  /** Removes chunks of tasks that ended before `wall`, at most `limit`; answers how many. */
  removeOfEnded(wall: number, limit: number): Promise<number>;
}

export interface PrintedOutput {
  taskId: string;
  attempt: number;
  reporter: Reporter;
  chunks: readonly PrintedChunk[];
}

export interface PrintedChunk {
  /** Counts from 1 in each attempt, over both streams. */
  seq: number;
  stream: StreamName;
  data: Buffer;
}

/** `next` is the number of the chunk that is expected next of this attempt. */
export type AppendVerdict =
  | { taken: true; next: number }
  | { taken: false; refusal: 'gap'; next: number }
  | { taken: false; refusal: 'unknown' | Refusal };

export interface StoredChunk {
  /** Counts from 1 in each task, over all attempts. */
  seq: number;
  attempt: number;
  stream: StreamName;
  data: Buffer;
  /** Wall-clock milliseconds. */
  at: number;
}

export interface StoredPage {
  chunks: StoredChunk[];
  /** The task has ended, and no chunk follows. */
  done: boolean;
}
