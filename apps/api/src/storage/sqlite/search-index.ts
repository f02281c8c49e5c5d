import type Database from 'better-sqlite3';
import { BlockBuilder } from './block-builder.js';
import type { GroupCommit } from './group-commit.js';
import { SearchBlocks } from './search-blocks.js';
import { AUDIT, type SearchSource, TASKS } from './search-source.js';

/** How many rows one transaction indexes: some milliseconds, between which the event loop is free. */
const PIECE = 200;

/**
 * Indexes the words of new rows after they were committed, many at a time: done with each row, it takes longer than all
 * the rest of a submission. Whoever searches catches up first, so that nothing is missed.
 */
export class SearchIndex {
  readonly blocks: SearchBlocks;
  private readonly builder: BlockBuilder;
  private readonly statements;

  private constructor(
    connection: Database.Database,
    private readonly commits: GroupCommit,
    source: SearchSource,
  ) {
    const { index, table, key, text, tags } = source;
    this.blocks = new SearchBlocks(connection, index);
    this.builder = new BlockBuilder(connection, commits, this.blocks, source);
    this.statements = {
      newest: connection.prepare(`SELECT max(${key}) FROM ${table}`).pluck(),
      // Where the index keeps a row for each of its own; asking the index itself would walk through it.
      indexed: connection.prepare(`SELECT max(id) FROM ${index}_docsize`).pluck(),
      last: connection
        .prepare(
          `SELECT max(${key}) FROM (SELECT ${key} FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT ${PIECE})`,
        )
        .pluck(),
      add: connection.prepare(
        `INSERT INTO ${index} (rowid, text, tags) SELECT ${key}, ${text}, ${tags} FROM ${table} WHERE ${key} > ? AND ${key} <= ?`,
      ),
    };
  }

  static ofTasks(connection: Database.Database, commits: GroupCommit): SearchIndex {
    return new SearchIndex(connection, commits, TASKS);
  }

  static ofAudit(connection: Database.Database, commits: GroupCommit): SearchIndex {
    return new SearchIndex(connection, commits, AUDIT);
  }

  /** Resolves when every row that was there at the call can be found. */
  async catchUp(): Promise<void> {
    const newest = this.keyFrom('newest');
    // The newest may be removed before its turn comes: then there is nothing to add, and it is never reached.
    for (let more = true; more && this.keyFrom('indexed') < newest; ) more = (await this.addNew()) > 0;
  }

  /** Indexes the next rows; answers how many places of the key it went on. */
  async addNew(): Promise<number> {
    if (this.keyFrom('indexed') >= this.keyFrom('newest')) return 0;
    return this.commits.run(() => this.addPiece());
  }

  /** Prepares some of a block that is complete; answers 0 when there is none. */
  prepareBlock(): Promise<number> {
    return this.builder.addPiece();
  }

  private addPiece(): number {
    const after = this.keyFrom('indexed');
    const through = this.statements.last.get(after) as number | null;
    if (through === null) return 0;
    this.statements.add.run(after, through);
    return through - after;
  }

  private keyFrom(which: 'newest' | 'indexed'): number {
    return Number(this.statements[which].get() ?? 0);
  }
}
