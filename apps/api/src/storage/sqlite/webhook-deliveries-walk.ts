import type Database from 'better-sqlite3';

/** An origin that something waits for, and when the first of it is due. */
export interface WaitingOrigin {
  origin: string;
  at: number;
}

/** However many origins there are, one look at them is short: it is made each second, and while requests wait. */
const AT_A_TIME = 256;

/**
 * Goes round the origins of a range that something is to be sent to, by the index from one to the next, whatever waits for
 * each. Of more than `AT_A_TIME` every look sees those that follow the ones before, so that none is passed over.
 */
export class OriginWalk {
  private readonly following: Database.Statement<[string, string], WaitingOrigin>;
  private last: string;

  /** @param from sorts before every origin of the range, and `to` after each */
  constructor(
    connection: Database.Database,
    private readonly from: string,
    private readonly to: string,
  ) {
    this.last = from;
    this.following = connection.prepare(
      `SELECT origin, next_attempt_at AS at FROM webhook_deliveries INDEXED BY webhook_deliveries_due
        WHERE next_attempt_at IS NOT NULL AND origin > ? AND origin <= ? ORDER BY origin, next_attempt_at LIMIT 1`,
    );
  }

  next(): WaitingOrigin[] {
    const found = this.between(this.last, this.to, AT_A_TIME);
    found.push(...this.between(this.from, this.last, AT_A_TIME - found.length));
    this.last = found.at(-1)?.origin ?? this.from;
    return found;
  }

  private between(after: string, upTo: string, most: number): WaitingOrigin[] {
    const found: WaitingOrigin[] = [];
    while (found.length < most) {
      const next = this.following.get(found.at(-1)?.origin ?? after, upTo);
      if (!next) break;
      found.push(next);
    }
    return found;
  }
}
