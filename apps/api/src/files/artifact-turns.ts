/**
 * One call at a time for each artifact, the newest first: it ends the one before and begins when that is over. A worker
 * sends a piece anew when its connection has died, which this side may not have noticed.
 */
export class ArtifactTurns {
  private readonly current = new Map<string, { overtaken: AbortController; over: Promise<unknown> }>();

  async take<T>(id: string, work: (overtaken: AbortSignal) => Promise<T>): Promise<T> {
    const before = this.current.get(id);
    const overtaken = new AbortController();
    before?.overtaken.abort();
    const done = (before?.over ?? Promise.resolve()).then(() => work(overtaken.signal));
    const turn = { overtaken, over: done.catch(() => undefined) };
    this.current.set(id, turn);
    try {
      return await done;
    } finally {
      if (this.current.get(id) === turn) this.current.delete(id);
    }
  }
}
