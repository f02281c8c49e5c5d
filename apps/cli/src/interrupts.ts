/** Ctrl-C has ended what went on: there is nothing to tell that the person does not know. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * While `work` goes on, Ctrl-C and a request to end abort its signal, so that it can clear up what it has begun; a second
 * Ctrl-C ends the program at once, as usual.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const abort = () => stop.abort(new Interrupted());
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, abort);
  try {
    return await work(stop.signal);
  } catch (error) {
    // What was in the middle of something has words of its own for it.
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    for (const signal of signals) process.off(signal, abort);
  }
}
