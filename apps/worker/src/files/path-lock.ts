/** Lets one piece of work at a time touch a path, in the order in which they asked. For one process only. */
export class PathLock {
  readonly #tails = new Map<string, Promise<void>>();

  /** Does `work` when all earlier work on `path` has ended; throws the signal's reason if it is aborted before that. */
  async run<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const { promise: done, resolve: finish } = deferred();
    const before = this.#tails.get(path) ?? Promise.resolve();
    // Behind `before` as well: one that gives up waiting must not let the next overtake the work it waited for.
    const tail = before.then(() => done);
    this.#tails.set(path, tail);
    void tail.then(() => {
      if (this.#tails.get(path) === tail) this.#tails.delete(path);
    });
    try {
      await unlessAborted(before, signal);
      return await work();
    } finally {
      finish();
    }
  }

  /** How many paths have work at or before them. */
  get size(): number {
    return this.#tails.size;
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: (() => void) | undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve: () => resolve?.() };
}

function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const giveUp = () => reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    void promise.then(() => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    });
  });
}
