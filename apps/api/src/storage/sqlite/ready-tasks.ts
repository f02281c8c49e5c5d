import type Database from 'better-sqlite3';
import { and, eq, gt, sql } from 'drizzle-orm';
import { ANY_WORKER, fits, laneOf, TAGGED, targetOf } from '../../domain/lane.js';
import type { TaskType } from '../../domain/task.js';
import type { Wanted } from '../task-store.js';
import { compiled } from './compiled.js';
import type { Engine } from './engine.js';
import { tasks } from './schema.js';
import type { TaskRow } from './task-rows.js';

const { placeholder } = sql;

/** Above every lane that asks for tags. */
const AFTER_TAGGED = 'u';

/**
 * The tasks that may be handed out now, by type and lane along their index: neither those of other types, nor those for
 * other workers, nor those whose time has not come are ever looked at, however many they are.
 */
export class ReadyTasks {
  private readonly db: Engine['db'];
  private readonly nextKind: Database.Statement<[string]>;
  private readonly statements;

  constructor({ db, connection }: Engine) {
    this.db = db;
    // By its index only: others look better to SQLite, and would be walked through from end to end.
    this.nextKind = connection
      .prepare<[string]>(
        `SELECT type FROM tasks INDEXED BY tasks_ready
          WHERE status = 'pending' AND blocked IS NULL AND type > ? ORDER BY type LIMIT 1`,
      )
      .pluck();
    const ready = and(sql`status = 'pending' AND blocked IS NULL`, eq(tasks.type, placeholder('kind')));
    const inLane = and(ready, eq(tasks.lane, placeholder('lane')));
    this.statements = compiled({
      any: db.select({ seq: tasks.seq }).from(tasks).where(inLane).limit(1).prepare(),
      nextLane: db
        .select({ lane: tasks.lane })
        .from(tasks)
        .where(and(ready, gt(tasks.lane, placeholder('after'))))
        .orderBy(tasks.lane)
        .limit(1)
        .prepare(),
      inLane: db
        .select()
        .from(tasks)
        .where(
          and(
            inLane,
            sql`expires_at > ${placeholder('now')}`,
            sql`id NOT IN (SELECT value FROM json_each(${placeholder('held')}))`,
          ),
        )
        .orderBy(sql`priority DESC`, tasks.seq)
        .limit(placeholder('max'))
        .prepare(),
    });
  }

  hasAny(wanted: Wanted): boolean {
    return this.kinds(wanted).some((kind) => this.lanes(kind, wanted).length > 0);
  }

  /** When the one that has been ready for the longest came, by order of submission; wall-clock milliseconds. */
  oldest(): number | null {
    // By this index only: the one of ready tasks would have to be sorted whole.
    const first = this.db.get<{ since: number } | undefined>(sql`
      SELECT max(created_at, coalesce(due_at, 0)) AS since FROM tasks INDEXED BY tasks_by_status
      WHERE status = 'pending' AND blocked IS NULL ORDER BY seq LIMIT 1`);
    return first?.since ?? null;
  }

  /** The first `max` by priority and then age, without those of `held`, which are ids. */
  first(wanted: Wanted, max: number, held: readonly string[], now: number): TaskRow[] {
    const terms = { now, held: JSON.stringify(held), max };
    return this.kinds(wanted)
      .flatMap((kind) =>
        this.lanes(kind, wanted).flatMap((lane) => this.statements.inLane.all({ kind, lane, ...terms })),
      )
      .sort((a, b) => b.priority - a.priority || a.seq - b.seq)
      .slice(0, max);
  }

  /** The wanted kinds of which any task is ready: mostly one, or none. */
  private kinds({ kinds }: Wanted): TaskType[] {
    const found: TaskType[] = [];
    for (let after = ''; ; ) {
      const kind = this.nextKind.get(after) as TaskType | undefined;
      if (kind === undefined) return found;
      if (kinds.includes(kind)) found.push(kind);
      after = kind;
    }
  }

  /** The lanes of tasks of `kind` that are not empty and that the worker may take from. */
  private lanes(kind: TaskType, { name, tags }: Wanted): string[] {
    const own = name === null ? [ANY_WORKER] : [ANY_WORKER, laneOf({ worker: name, tags: [] })];
    const lanes = own.filter((lane) => this.statements.any.get({ kind, lane }) !== undefined);
    for (let after = TAGGED; ; ) {
      const lane = this.statements.nextLane.get({ kind, after })?.lane;
      if (lane === undefined || lane >= AFTER_TAGGED) return lanes;
      if (fits(targetOf(lane), { name, tags })) lanes.push(lane);
      after = lane;
    }
  }
}
