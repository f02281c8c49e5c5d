import type Database from 'better-sqlite3';
import { Bitmap, BLOCK, blockOf } from './bitmap.js';
import type { Rule } from './full-text.js';

/** Rows that are read ahead of a term that is rare. */
const AHEAD = 256;

/** The rows with one term; with `direction` at most so many, in that order. */
export const termSql = (index: string, direction?: 1 | -1) =>
  // Numbers are bound as reals, which FTS5 takes for no bound at all: it would walk from the very end.
  `SELECT rowid FROM ${index} WHERE ${index} MATCH ? AND rowid BETWEEN CAST(? AS INTEGER) AND CAST(? AS INTEGER)
   ${direction === undefined ? '' : `ORDER BY rowid ${direction === 1 ? 'ASC' : 'DESC'} LIMIT ?`}`;

/**
 * What an index of words finds, block by block. In a block that is complete, the terms that are common there have been
 * looked for once and are kept as bitmaps; what is rare there the index itself is quick to tell. It is never asked for two
 * terms at once: wherever it is to begin, FTS5 first looks for where they meet from the very end of the index.
 */
export class SearchBlocks {
  private readonly bits: Database.Statement<unknown[]>;
  private readonly whole: Database.Statement<unknown[]>;
  private readonly ahead: Record<1 | -1, Database.Statement<unknown[]>>;

  constructor(connection: Database.Database, index: string) {
    this.bits = connection
      .prepare(`SELECT bits FROM search_blocks WHERE search = '${index}' AND block = ? AND term = ?`)
      .pluck();
    this.whole = connection.prepare(termSql(index)).pluck();
    this.ahead = {
      1: connection.prepare(termSql(index, 1)).pluck(),
      [-1]: connection.prepare(termSql(index, -1)).pluck(),
    };
  }

  /** A search that goes from block to block in one direction. */
  search(rules: readonly Rule[], direction: 1 | -1): BlockSearch {
    return new BlockSearch(rules.map((rule) => rule.map((term) => new TermSearch(this, term, direction))));
  }

  /** Where `term` is common, of a block that is prepared. */
  kept(term: string, block: number): Bitmap | null {
    const bits = this.bits.get(block, term) as Buffer | undefined;
    return bits ? Bitmap.from(bits) : null;
  }

  /** By the index itself. */
  look(term: string, block: number): Bitmap {
    return Bitmap.of(block, this.whole.all(term, block * BLOCK, block * BLOCK + BLOCK - 1) as number[]);
  }

  /** The nearest rows with `term`, from one on. */
  next(term: string, from: number, direction: 1 | -1): number[] {
    const bounds = direction === 1 ? [from, Number.MAX_SAFE_INTEGER] : [0, from];
    return this.ahead[direction].all(term, ...bounds, AHEAD) as number[];
  }
}

export class BlockSearch {
  constructor(private readonly rules: readonly (readonly TermSearch[])[]) {}

  /** The places of `block` that keep every rule, also of rows that were removed since it was complete. */
  find(block: number): Bitmap {
    let found: Bitmap | null = null;
    for (const rule of this.rules) {
      const kept = rule.map((term) => term.find(block)).reduce((one, other) => one.or(other));
      found = found ? found.and(kept) : kept;
      if (found.isEmpty()) break;
    }
    return found ?? Bitmap.empty();
  }
}

/** Remembers where a rare term comes next, over many blocks without it. */
class TermSearch {
  private rows: number[] = [];
  /** The last block of which `rows` has all; none at first. */
  private through: number | null = null;

  constructor(
    private readonly blocks: SearchBlocks,
    private readonly term: string,
    private readonly direction: 1 | -1,
  ) {}

  find(block: number): Bitmap {
    return this.blocks.kept(this.term, block) ?? this.findRare(block);
  }

  private findRare(block: number): Bitmap {
    if (!this.reaches(block)) {
      const first = this.direction === 1 ? block * BLOCK : block * BLOCK + BLOCK - 1;
      this.rows = this.blocks.next(this.term, first, this.direction);
      const last = this.rows.length < AHEAD ? Number.POSITIVE_INFINITY * this.direction : (this.rows.at(-1) as number);
      this.through = blockOf(last) - this.direction;
    }
    if (!this.reaches(block)) return this.blocks.look(this.term, block);
    return Bitmap.of(
      block,
      this.rows.filter((row) => blockOf(row) === block),
    );
  }

  private reaches(block: number): boolean {
    return this.through !== null && (this.through - block) * this.direction >= 0;
  }
}
