/**
 * Tells whoever waits that looking again may be worth it. A hint, never a message: a lost one costs the rest of a wait,
 * never a task, so whoever is woken reads the storage.
 */
export interface Wakeups {
  /** Calls `listener` at every later `notify(topic)`, until the answered function is called. */
  subscribe(topic: Topic, listener: () => void): () => void;
  notify(topic: Topic): void;
}

/** `ready`: a task waits for a worker. `task:ID`: that task has changed. */
export type Topic = 'ready' | `task:${string}`;
