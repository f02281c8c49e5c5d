import type Database from 'better-sqlite3';
import type { AuditFilter } from '../audit-store.js';
import { AuditTimes } from './audit-times.js';
import { matchAll } from './full-text.js';

/** 1: from the oldest on. -1: from the newest back. */
export type Direction = 1 | -1;

/** The entries that keep one rule of a filter, in the order of the chain. */
export interface Walk {
  /** The nearest such entry from `seq` on, `seq` included. It only goes on: each `seq` is beyond the one before. */
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
// Numbers are bound as reals, which FTS5 takes for no bound at all: it would walk from the very end.
export const textSql = (direction: Direction) =>
  `SELECT rowid FROM audit_search WHERE audit_search MATCH ? AND ${bound('rowid', direction, 'CAST(? AS INTEGER)')} LIMIT ?`;

const bound = (column: string, direction: Direction, value = '?') =>
  direction === 1 ? `${column} >= ${value} ORDER BY ${column} ASC` : `${column} <= ${value} ORDER BY ${column} DESC`;

/** Prepared once: a filter is made of walks over sorted lists, each of which can be entered anywhere. */
export class AuditWalks {
  readonly times: AuditTimes;
  private readonly prepared = new Map<string, Database.Statement<unknown[]>>();

  constructor(private readonly connection: Database.Database) {
    this.times = new AuditTimes(connection);
  }

  /** A walk for each rule of the filter, the rarest kinds first; without a rule, one over everything. */
  of({ action, actor, taskId, outcome, from, to, q }: AuditFilter, direction: Direction): Walk[] {
    const walks: Walk[] = [];
    const walk = (sql: string, ...values: string[]) => {
      const statement = this.prepare(sql);
      return new BatchedWalk((seq, limit) => statement.all(...values, seq, limit) as number[], direction);
    };
    const index = (name: Indexed, value: string) => walk(indexSql(name, direction), value);
    if (taskId !== undefined) walks.push(index('taskId', taskId));
    if (actor !== undefined) walks.push(new EitherWalk(index('actorId', actor), index('actorName', actor), direction));
    if (action !== undefined) walks.push(index('action', action));
    if (from !== undefined || to !== undefined) {
      const [earliest, latest] = [from ?? Number.MIN_SAFE_INTEGER, to ?? Number.MAX_SAFE_INTEGER];
      walks.push({ seek: (seq) => this.times.seek(seq, direction, earliest, latest) });
    }
    if (q !== undefined) walks.push(walk(textSql(direction), matchAll(q)));
    if (outcome !== undefined) walks.push(index('outcome', outcome));
    return walks.length > 0 ? walks : [walk(allSql(direction))];
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
