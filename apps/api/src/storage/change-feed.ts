import type { TaskType } from '../domain/task.js';

/** What a committed transaction has changed that somebody may be waiting for. */
export type Change =
  /** A task waits for a worker: one of its type that carries what `target` asks for. */
  | { kind: 'ready'; type: TaskType; target: { worker: string | null; tags: readonly string[] } }
  /** The task has another status. */
  | { kind: 'task'; id: string }
  /** The task has printed something. */
  | { kind: 'output'; taskId: string }
  /** A task is to become ready at a time of its own. */
  | { kind: 'due' }
  /** There is something to tell a worker of: a cancel, or a drain. */
  | { kind: 'worker'; name: string }
  /** A message waits to be delivered. */
  | { kind: 'delivery' }
  /** Discord is to be told of a further task. */
  | { kind: 'discord' }
  /** The audit has new entries, of whatever was done. */
  | { kind: 'recorded' };

/** Hears of every change, after its commit and never before. */
export type ChangeListener = (change: Change) => void;
