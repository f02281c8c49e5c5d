import type Database from 'better-sqlite3';

/** Entries in one block: what a time filter looks through when the block may hold some that fit. */
const BLOCK = 1024;
/** Rows that are read before the event loop is given back. */
const PAGE = 8192;

interface Span {
  earliest: number;
  latest: number;
}

/**
 * Which part of the chain can hold entries of a time. The chain is in order of `seq`, and the clock may have jumped back,
 * so that no single place divides what is older from what is newer; the span of times of each block stays exact.
 */
export class AuditTimes {
  private readonly blocks: Span[] = [];
  private through = 0;
  private catchingUp: Promise<void> | null = null;
  private readonly statements;

  constructor(connection: Database.Database) {
    this.statements = {
      last: connection.prepare('SELECT max(seq) FROM audit_entries').pluck(),
      // The index has far fewer bytes than the entries; the order does not matter here.
      pageEnd: connection
        .prepare(`SELECT at, seq FROM audit_entries WHERE (at, seq) > (?, ?) ORDER BY at, seq LIMIT 1 OFFSET ${PAGE}`)
        .raw(),
      spans: connection
        .prepare(
          `SELECT seq / ${BLOCK}, min(at), max(at) FROM audit_entries INDEXED BY audit_by_time
           WHERE (at, seq) > (?, ?) AND (at, seq) <= (?, ?) GROUP BY 1`,
        )
        .raw(),
      after: connection.prepare('SELECT at, seq FROM audit_entries WHERE seq > ? ORDER BY seq LIMIT ?').raw(),
      down: within(connection, 'DESC'),
      up: within(connection, 'ASC'),
    };
  }

  /** Learns of the entries that have been added; the others are not read again. */
  catchUp(pause: () => Promise<void>): Promise<void> {
    this.catchingUp ??= this.read(pause).finally(() => {
      this.catchingUp = null;
    });
    return this.catchingUp;
  }

  /** The nearest entry, from `seq` on in the direction `step`, with a time from `from` to `to`. */
  seek(seq: number, step: 1 | -1, from: number, to: number): number | null {
    const statement = step === 1 ? this.statements.up : this.statements.down;
    const start = Math.min(Math.floor(seq / BLOCK), this.blocks.length);
    for (let block = start; block >= 0 && block <= this.blocks.length; block += step) {
      const span = this.blocks[block];
      if (!span || span.latest < from || span.earliest > to) continue;
      const first = Math.max(block * BLOCK, step === 1 ? seq : 0);
      const last = Math.min(block * BLOCK + BLOCK - 1, step === 1 ? Number.MAX_SAFE_INTEGER : seq);
      const found = statement.get(first, last, from, to) as number | undefined;
      if (found !== undefined) return found;
    }
    return null;
  }

  private async read(pause: () => Promise<void>): Promise<void> {
    if (this.through === 0) await this.readAll(pause);
    for (;;) {
      const rows = this.statements.after.all(this.through, PAGE) as [number, number][];
      for (const [at, seq] of rows) {
        this.note(Math.floor(seq / BLOCK), at);
        this.through = seq;
      }
      if (rows.length < PAGE) return;
      await pause();
    }
  }

  private async readAll(pause: () => Promise<void>): Promise<void> {
    const last = (this.statements.last.get() as number | null) ?? 0;
    let from: [number, number] = [Number.MIN_SAFE_INTEGER, 0];
    for (;;) {
      const end = this.statements.pageEnd.get(...from) as [number, number] | undefined;
      const until = end ?? [Number.MAX_SAFE_INTEGER, 0];
      for (const [block, earliest, latest] of this.statements.spans.all(...from, ...until) as number[][]) {
        this.note(block as number, earliest as number);
        this.note(block as number, latest as number);
      }
      if (!end) break;
      from = end;
      await pause();
    }
    this.through = last;
  }

  private note(block: number, at: number): void {
    const span = this.blocks[block];
    if (!span) this.blocks[block] = { earliest: at, latest: at };
    else if (at < span.earliest) span.earliest = at;
    else if (at > span.latest) span.latest = at;
  }
}

function within(connection: Database.Database, order: 'ASC' | 'DESC') {
  // A block is all that is read: the index by time would be read and sorted.
  const sql = `SELECT seq FROM audit_entries NOT INDEXED WHERE seq BETWEEN ? AND ? AND at BETWEEN ? AND ?
    ORDER BY seq ${order} LIMIT 1`;
  return connection.prepare(sql).pluck();
}
