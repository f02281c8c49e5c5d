/**
 * Tells whoever waits that looking again may be worth it. A hint, never a message: a lost one costs the rest of a wait,
 * never a task, so whoever is woken reads the storage.
 */
export interface Wakeups {
  /** Calls `listener` at every later wake-up that is for it, until the answered function is called. */
  subscribe(topics: readonly Topic[], listener: (topic: Topic) => void): () => void;
  /** Wakes all that listen. */
  notify(topic: Topic): void;
  /** Wakes the one that has listened longest since its last wake-up: enough for what only one can have. */
  notifyOne(topic: Topic): void;
}

/**
 * - `ready:TYPE`: a task of that type waits for any worker
 * - `ready@NAME`, `ready#TAG`: a task waits for that worker, or for one that carries that tag
 * - `task:ID`: that task has changed
 * - `output:ID`: that task has printed something
 * - `due`: a task has been put off to a time of its own
 * - `deliveries`: a webhook is to be told something
 * - `discord`: Discord is to be told of a further task
 * - `recorded`: the audit has new entries
 * - `worker:NAME`: there is something to tell that worker of
 */
export type Topic =
  | `ready:${string}`
  | `ready@${string}`
  | `ready#${string}`
  | `task:${string}`
  | `output:${string}`
  | `worker:${string}`
  | 'due'
  | 'deliveries'
  | 'discord'
  | 'recorded';
