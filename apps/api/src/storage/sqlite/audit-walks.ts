import type Database from 'better-sqlite3';
import type { AuditFilter } from '../audit-store.js';
import { AuditTimes } from './audit-times.js';
import { Bitmap, BLOCK, blockOf } from './bitmap.js';
import { rulesFor, tag } from './full-text.js';
import { type BlockSearch, type SearchBlocks } from './search-blocks.js';

/** 1: from the oldest on. -1: from the newest back. */
export type Direction = 1 | -1;

/** The entries that keep one rule of a filter, in the order of the chain. */
export interface Walk {
  /**
   * `seq` itself when it is such an entry; else one beyond it with none in between. It only goes on: each `seq` is beyond
   * the one before.
   */
  seek(seq: number): number | null;
}

/** Entries that one look into an index brings at the most. */
const BATCH = 64;

/** One look into an index: an equality and a bound in one statement, which reads what it answers and no more. */
const INDEXES = {
  action: ['audit_by_action', 'action'],
  actorId: ['audit_by_actor', 'actor_id'],
  actorName: ['audit_by_actor_name', 'actor_name'],
  taskId: ['audit_by_task', 'task_id'],
  outcome: ['audit_by_outcome', 'outcome'],
} as const;

type Indexed = keyof typeof INDEXES;

/** The statement that walks one index. */
export const indexSql = (name: Indexed, direction: Direction) => {
  const [index, column] = INDEXES[name];
  return `SELECT seq FROM audit_entries INDEXED BY ${index} WHERE ${column} = ? AND ${bound('seq', direction)} LIMIT ?`;
};
export const allSql = (direction: Direction) =>
  `SELECT seq FROM audit_entries NOT INDEXED WHERE ${bound('seq', direction)} LIMIT ?`;
const bound = (column: string, direction: Direction) =>
  direction === 1 ? `${column} >= ? ORDER BY ${column} ASC` : `${column} <= ? ORDER BY ${column} DESC`;

/**
 * Whether the index of words is asked. Two lists of frequent values that rarely meet are brought together there, which is
 * a hundred times as fast as walking both.
 */
export function asksWords({ action, actor, outcome, q }: AuditFilter): boolean {
  return q !== undefined || [action, actor, outcome].filter((rule) => rule !== undefined).length > 1;
}

/** Prepared once: a filter is made of walks over sorted lists, each of which can be entered anywhere. */
export class AuditWalks {
  readonly times: AuditTimes;
  private readonly prepared = new Map<string, Database.Statement<unknown[]>>();

  constructor(
    private readonly connection: Database.Database,
    private readonly blocks: SearchBlocks,
  ) {
    this.times = new AuditTimes(connection);
  }

  /** Walks that meet at what keeps the filter, the rarest kinds first; without a rule, one over everything. */
  of(filter: AuditFilter, direction: Direction): Walk[] {
    const { action, actor, taskId, outcome, from, to } = filter;
    const walks: Walk[] = [];
    if (taskId !== undefined) walks.push(this.index('taskId', taskId, direction));
    if (from !== undefined || to !== undefined) {
      const [earliest, latest] = [from ?? Number.MIN_SAFE_INTEGER, to ?? Number.MAX_SAFE_INTEGER];
      walks.push({ seek: (seq) => this.times.seek(seq, direction, earliest, latest) });
    }
    if (asksWords(filter)) walks.push(this.words(filter, direction));
    else if (action !== undefined) walks.push(this.index('action', action, direction));
    else if (outcome !== undefined) walks.push(this.index('outcome', outcome, direction));
    else if (actor !== undefined) {
      walks.push(
        new EitherWalk(this.index('actorId', actor, direction), this.index('actorName', actor, direction), direction),
      );
    }
    return walks.length > 0 ? walks : [this.sorted(allSql(direction), [], direction)];
  }

  private index(name: Indexed, value: string, direction: Direction): BatchedWalk {
    return this.sorted(indexSql(name, direction), [value], direction);
  }

  private sorted(sql: string, values: string[], direction: Direction): BatchedWalk {
    const statement = this.prepare(sql);
    return new BatchedWalk((seq, limit) => statement.all(...values, seq, limit) as number[], direction);
  }

  private words({ action, actor, outcome, q }: AuditFilter, direction: Direction): Walk {
    const rules = rulesFor(q ?? null, [
      ...(action === undefined ? [] : [[tag('a', action)]]),
      ...(actor === undefined ? [] : [[tag('i', actor), tag('n', actor)]]),
      ...(outcome === undefined ? [] : [[tag('o', outcome)]]),
    ]);
    return new BlockWalk(this.blocks.search(rules, direction), direction);
  }

  private prepare(sql: string): Database.Statement<unknown[]> {
    const known = this.prepared.get(sql) ?? this.connection.prepare(sql).pluck();
    this.prepared.set(sql, known);
    return known;
  }
}

/** Reads a sorted list: one at a time where the others jump far ahead, more and more where all of it is wanted. */
class BatchedWalk implements Walk {
  private batch: number[] = [];
  private next = 0;
  private size = 1;
  private more = true;

  constructor(
    private readonly look: (seq: number, limit: number) => number[],
    private readonly direction: Direction,
  ) {}

  seek(seq: number): number | null {
    const passed = this.next;
    while (this.next < this.batch.length && ((this.batch[this.next] as number) - seq) * this.direction < 0) this.next++;
    if (this.next === this.batch.length && this.more) {
      this.size = this.next - passed <= 1 ? Math.min(this.size * 2, BATCH) : 1;
      this.batch = this.look(seq, this.size);
      this.next = 0;
      this.more = this.batch.length === this.size;
    }
    return this.batch[this.next] ?? null;
  }
}

/** Goes from block to block, so that the event loop is free in between: what is sought may be far away. */
class BlockWalk implements Walk {
  private block: number | null = null;
  private found = Bitmap.empty();

  constructor(
    private readonly search: BlockSearch,
    private readonly direction: Direction,
  ) {}

  seek(seq: number): number {
    const block = blockOf(seq);
    if (block !== this.block) this.found = this.search.find(block);
    this.block = block;
    const start = block * BLOCK;
    const place = this.found.seek(seq - start, this.direction);
    if (place !== null) return start + place;
    return this.direction === 1 ? start + BLOCK : start - 1;
  }
}

/** What is in one of two lists, such as the entries of an actor by id and by name. */
class EitherWalk implements Walk {
  constructor(
    private readonly one: BatchedWalk,
    private readonly other: BatchedWalk,
    private readonly direction: Direction,
  ) {}

  seek(seq: number): number | null {
    const one = this.one.seek(seq);
    const other = this.other.seek(seq);
    if (one === null || other === null) return one ?? other;
    return this.direction === 1 ? Math.min(one, other) : Math.max(one, other);
  }
}
