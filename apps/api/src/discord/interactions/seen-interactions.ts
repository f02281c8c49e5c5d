import { FRESH_MS } from './signature.js';

/** Tells which interactions have come before, for as long as a call with one of them would pass as fresh. */
export class SeenInteractions {
  /** When each may be forgotten, in the order in which they came; monotonic milliseconds. */
  private readonly until = new Map<string, number>();

  /** Whether it is new; from now on it is not. */
  note(id: string, now: number): boolean {
    for (const [known, end] of this.until) {
      if (end > now) break;
      this.until.delete(known);
    }
    if (this.until.has(id)) return false;
    // A call may be dated so far ahead of us as behind.
    this.until.set(id, now + 2 * FRESH_MS);
    return true;
  }
}
