import type Database from 'better-sqlite3';
import type { AuditFilter } from '../audit-store.js';
import { AuditTimes } from './audit-times.js';
import { matchAll } from './full-text.js';

/** 1: from the oldest on. -1: from the newest back. */
export type Direction = 1 | -1;

/** The entries that keep one rule of a filter, in the order of the chain. */
export interface Walk {
  /** `seq` itself when it keeps the rule; else a further one, before which none does; null when none follows. */
  seek(seq: number): number | null;
}

/** Entries that one look into an index brings. */
const BATCH = 16;
/** How far one look into the full text reaches: a search for what is nowhere must not hold the event loop. */
const REACH = 50_000;

/** One look into an index: an equality and a bound in one statement, which reads what it answers and no more. */
const INDEXES = {
  action: ['audit_by_action', 'action'],
  actorId: ['audit_by_actor', 'actor_id'],
  actorName: ['audit_by_actor_name', 'actor_name'],
  taskId: ['audit_by_task', 'task_id'],
  outcome: ['audit_by_outcome', 'outcome'],
} as const;

type Indexed = keyof typeof INDEXES;

/** The statement that walks one index; every walk of a filter is one of these, or of `ALL`, `TEXT` and the times. */
export const indexSql = (name: Indexed, direction: Direction) => {
  const [index, column] = INDEXES[name];
  return `SELECT seq FROM audit_entries INDEXED BY ${index} WHERE ${column} = ? AND ${bound('seq', direction)} LIMIT ${BATCH}`;
};
export const allSql = (direction: Direction) =>
  `SELECT seq FROM audit_entries NOT INDEXED WHERE ${bound('seq', direction)} LIMIT ${BATCH}`;
export const textSql = (direction: Direction) =>
  `SELECT rowid FROM audit_search WHERE audit_search MATCH ? AND rowid BETWEEN ? AND ?
   ORDER BY rowid ${direction === 1 ? 'ASC' : 'DESC'} LIMIT ${BATCH}`;

const bound = (column: string, direction: Direction) =>
  direction === 1 ? `${column} >= ? ORDER BY ${column} ASC` : `${column} <= ? ORDER BY ${column} DESC`;

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
    const index = (name: Indexed, value: string) =>
      new BatchedWalk((seq) => this.prepare(indexSql(name, direction)).all(value, seq) as number[], direction);
    const text = (match: string) =>
      new TextWalk((low, high) => this.prepare(textSql(direction)).all(match, low, high) as number[], direction);
    if (taskId !== undefined) walks.push(index('taskId', taskId));
    if (actor !== undefined) walks.push(new EitherWalk(index('actorId', actor), index('actorName', actor), direction));
    if (action !== undefined) walks.push(index('action', action));
    if (from !== undefined || to !== undefined) {
      const [earliest, latest] = [from ?? Number.MIN_SAFE_INTEGER, to ?? Number.MAX_SAFE_INTEGER];
      walks.push({ seek: (seq) => this.times.seek(seq, direction, earliest, latest) });
    }
    if (q !== undefined) walks.push(text(matchAll(q)));
    if (outcome !== undefined) walks.push(index('outcome', outcome));
    if (walks.length > 0) return walks;
    return [new BatchedWalk((seq) => this.prepare(allSql(direction)).all(seq) as number[], direction)];
  }

  private prepare(sql: string): Database.Statement<unknown[]> {
    const known = this.prepared.get(sql) ?? this.connection.prepare(sql).pluck();
    this.prepared.set(sql, known);
    return known;
  }
}

/** Reads a sorted list a few at a time. */
class BatchedWalk implements Walk {
  private batch: number[] = [];
  private next = 0;
  private more = true;

  constructor(
    private readonly look: (seq: number) => number[],
    private readonly direction: Direction,
  ) {}

  seek(seq: number): number | null {
    this.skipTo(seq);
    if (this.next === this.batch.length && this.more) {
      this.batch = this.look(seq);
      this.next = 0;
      this.more = this.batch.length === BATCH;
    }
    return this.batch[this.next] ?? null;
  }

  private skipTo(seq: number): void {
    while (this.next < this.batch.length && ((this.batch[this.next] as number) - seq) * this.direction < 0) this.next++;
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

/** What the full text finds, looked through a stretch at a time. */
class TextWalk implements Walk {
  private batch: number[] = [];
  private next = 0;
  /** Up to here, all that there is has been looked through. */
  private covered: number;

  constructor(
    private readonly look: (low: number, high: number) => number[],
    private readonly direction: Direction,
  ) {
    this.covered = -direction * Number.POSITIVE_INFINITY;
  }

  seek(seq: number): number {
    const { direction } = this;
    const isBefore = (a: number, b: number) => (a - b) * direction < 0;
    while (this.next < this.batch.length && isBefore(this.batch[this.next] as number, seq)) this.next++;
    if (this.next === this.batch.length && isBefore(this.covered, seq)) {
      const end = seq + direction * REACH;
      this.batch = this.look(Math.min(seq, end), Math.max(seq, end));
      this.next = 0;
      this.covered = this.batch.length === BATCH ? (this.batch.at(-1) as number) : end;
    }
    return this.batch[this.next] ?? this.covered + direction;
  }
}
