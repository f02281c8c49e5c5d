import type Database from 'better-sqlite3';
import { type Bitmap, BLOCK, blockOf } from './bitmap.js';
import { tagTerm, wordsOf, wordTerm } from './full-text.js';
import type { GroupCommit } from './group-commit.js';
import type { SearchBlocks } from './search-blocks.js';
import type { SearchSource } from './search-source.js';

/**
 * One row of so many is looked at for what is common; of a long one, so many characters. They are in runs, so that what
 * comes every tenth time is neither always nor never among them.
 */
const SAMPLED = 16;
const RUN = 64;
const SAMPLED_TEXT = 2000;
/** Rows of a block from which on a term is common there, and how many such terms are kept at the most. */
const COMMON = 256;
const MOST_TERMS = 256;

interface Unfinished {
  block: number;
  terms: string[];
  made: [term: string, bits: Bitmap][];
}

/**
 * Makes the bitmaps of a block once all its rows are indexed: no row is added to it any more, and what is in a row never
 * changes. A common term that a sample misses costs time in searches, and nothing else.
 */
export class BlockBuilder {
  private unfinished: Unfinished | null = null;
  private readonly statements;

  constructor(
    connection: Database.Database,
    private readonly commits: GroupCommit,
    private readonly blocks: SearchBlocks,
    { index, table, key, text, tags }: SearchSource,
  ) {
    const ofIndex = `search_blocks WHERE search = '${index}'`;
    this.statements = {
      oldestRow: connection.prepare(`SELECT min(${key}) FROM ${table}`).pluck(),
      indexed: connection.prepare(`SELECT max(id) FROM ${index}_docsize`).pluck(),
      oldest: connection.prepare(`SELECT min(block) FROM ${ofIndex}`).pluck(),
      newest: connection.prepare(`SELECT max(block) FROM ${ofIndex}`).pluck(),
      sample: connection
        .prepare(
          `SELECT substr(${text}, 1, ${SAMPLED_TEXT}), ${tags} FROM ${table}
           WHERE ${key} BETWEEN ? AND ? AND ${key} / ${RUN} % ${SAMPLED} = 0`,
        )
        .raw(),
      add: connection.prepare(`INSERT INTO search_blocks (search, block, term, bits) VALUES ('${index}', ?, ?, ?)`),
      remove: connection.prepare(`DELETE FROM ${ofIndex} AND block = ?`),
    };
  }

  /** One piece of the work, of some milliseconds; answers 0 when there is none. */
  async addPiece(): Promise<number> {
    const oldestRow = this.statements.oldestRow.get() as number | null;
    if (oldestRow === null) return 0;
    const oldest = this.statements.oldest.get() as number | null;
    if (oldest !== null && oldest < blockOf(oldestRow)) {
      return this.commits.run(() => this.statements.remove.run(oldest).changes);
    }
    if (!this.unfinished) return this.begin(oldestRow);
    const { block, terms, made } = this.unfinished;
    const term = terms.pop();
    if (term !== undefined) return made.push([term, this.blocks.look(term, block)]);
    this.unfinished = null;
    return this.commits.run(() => {
      for (const [name, bits] of made) this.statements.add.run(block, name, bits.bytes);
      // Says that the block is prepared, whatever was common there.
      this.statements.add.run(block, '', Buffer.alloc(0));
      return 1;
    });
  }

  private begin(oldestRow: number): number {
    const newest = (this.statements.newest.get() as number | null) ?? -1;
    const block = Math.max(newest + 1, blockOf(oldestRow));
    const indexed = (this.statements.indexed.get() as number | null) ?? 0;
    if (indexed < (block + 1) * BLOCK - 1) return 0;
    this.unfinished = { block, terms: this.commonTerms(block), made: [] };
    return 1;
  }

  private commonTerms(block: number): string[] {
    const counts = new Map<string, number>();
    const rows = this.statements.sample.all(block * BLOCK, block * BLOCK + BLOCK - 1) as [string, string][];
    for (const [text, tags] of rows) {
      const terms = [...wordsOf(text).map(wordTerm), ...tags.toLowerCase().split(' ').map(tagTerm)];
      for (const term of new Set(terms)) counts.set(term, (counts.get(term) ?? 0) + 1);
    }
    return [...counts]
      .filter(([, count]) => count >= COMMON / SAMPLED)
      .sort(([, one], [, other]) => other - one)
      .slice(0, MOST_TERMS)
      .map(([term]) => term);
  }
}
