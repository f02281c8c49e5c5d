import { and, asc, count, desc, eq, gt, inArray, lt, lte, or, type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { type Actor, SYSTEM } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import type { DueFires, Misfire, MissedFires, Overlap, Schedule, ScheduleDefinition } from '../../domain/schedule.js';
import type { NewTask } from '../../domain/task.js';
import type { AuditAction } from '../audit-event.js';
import type { Revise, SchedulePage, ScheduleStore, Settled, TaskDetail } from '../schedule-store.js';
import type { Acceptance, IdempotencyKey } from '../task-store.js';
import type { Engine } from './engine.js';
import { scheduleFires, schedules, tasks } from './schema.js';
import type { TaskControl } from './task-control.js';
import type { TaskIntake } from './task-intake.js';
import type { TaskRow } from './task-rows.js';

type Row = typeof schedules.$inferSelect;

/** Bytes of tasks that one page may carry before it ends early: a page that is never loaded cannot fill the memory. */
const PAGE_BYTES = 8 * 1024 * 1024;
/** How many unfinished tasks one fire ends: bounds how long the transaction holds the event loop. */
const CANCELLED_AT_ONCE = 500;

export class SqliteScheduleStore implements ScheduleStore {
  private readonly db: BetterSQLite3Database;

  constructor(
    private readonly engine: Engine,
    private readonly tasks: { intake: TaskIntake; control: TaskControl },
  ) {
    this.db = engine.db;
  }

  create(schedule: Schedule, taskDetail: TaskDetail, actor: Actor): Promise<void> {
    return this.engine.commit(() => {
      this.db
        .insert(schedules)
        .values({ ...schedule, task: JSON.stringify(schedule.task) })
        .run();
      this.record(
        'schedule.created',
        schedule,
        { ...definitionOf(schedule), task: taskDetail },
        actor,
        schedule.createdAt,
      );
    });
  }

  async find(id: string): Promise<Schedule | null> {
    return this.engine.read(() => {
      const row = this.rowOf(id);
      return row ? scheduleOf(row) : null;
    });
  }

  async list(limit: number, before: number | null): Promise<SchedulePage> {
    return this.engine.read(() => {
      const wanted = lt(schedules.seq, before ?? Number.MAX_SAFE_INTEGER);
      const page = this.fitting(wanted, [desc(schedules.seq)], limit);
      const last = page.at(-1)?.seq ?? 0;
      return { schedules: page.map(scheduleOf), next: this.exists(lt(schedules.seq, last)) ? last : null };
    });
  }

  update(id: string, revise: Revise, actor: Actor, now: Instant): Promise<Schedule | null> {
    return this.engine.commit(() => {
      const row = this.rowOf(id);
      if (!row) return null;
      const current = scheduleOf(row);
      const revision = revise(current);
      if (!revision) return current;
      const { task, ...changed } = revision.changed;
      // Strictly later, so that a schedule that was read before this edit can be told from it.
      const updatedAt = Math.max(now.wall, current.updatedAt + 1);
      const written = { ...changed, updatedAt, ...(task ? { task: JSON.stringify(task) } : {}) };
      this.db.update(schedules).set(written).where(eq(schedules.seq, row.seq)).run();
      const { anchorAt: _anchorAt, nextFireAt: _nextFireAt, ...told } = changed;
      const detail = { ...told, ...(revision.taskDetail ? { task: revision.taskDetail } : {}) };
      this.record('schedule.updated', current, detail, actor, now.wall);
      return { ...current, ...changed, ...(task ? { task } : {}), updatedAt };
    });
  }

  remove(id: string, actor: Actor, now: Instant): Promise<boolean> {
    return this.engine.commit(() => {
      const [removed] = this.db.delete(schedules).where(eq(schedules.id, id)).returning().all();
      if (!removed) return false;
      const schedule = scheduleOf(removed);
      this.record('schedule.deleted', schedule, definitionOf(schedule), actor, now.wall);
      return true;
    });
  }

  async due(now: Instant, limit: number, after: Schedule | null): Promise<Schedule[]> {
    const later = after && or(gt(schedules.nextFireAt, after.nextFireAt ?? 0), sameTimeAfter(after));
    const wanted = and(sql`next_fire_at IS NOT NULL`, lte(schedules.nextFireAt, now.wall), later ?? undefined);
    const order = [asc(schedules.nextFireAt), asc(schedules.id)];
    return this.engine.read(() => this.fitting(wanted, order, limit).map(scheduleOf));
  }

  async nextFireAt(wall: number): Promise<number | null> {
    return this.engine.read(() => this.earliestAfter(wall));
  }

  settle(schedule: Schedule, due: DueFires, task: NewTask | null, now: Instant): Promise<Settled> {
    return this.engine.commit(() => {
      const row = this.unchanged(schedule);
      if (!row) return 'changed';
      const { missed } = due;
      if (missed && schedule.misfire === 'skip') {
        this.record('schedule.skipped', schedule, { reason: 'misfire', ...told(missed) }, SYSTEM, now.wall);
      }
      const settled = task && due.fireAt !== null ? this.fire(schedule, due.fireAt, missed, task, now) : 'settled';
      const fired = task && settled === 'settled' ? { lastFireAt: due.fireAt, lastTaskId: task.id } : {};
      this.db
        .update(schedules)
        .set({ nextFireAt: due.next, ...fired })
        .where(eq(schedules.seq, row.seq))
        .run();
      return settled;
    });
  }

  runNow(
    id: string,
    task: NewTask,
    key: IdempotencyKey | null,
    actor: Actor,
    now: Instant,
  ): Promise<Acceptance | null> {
    return this.engine.commit(() => {
      const row = this.rowOf(id);
      if (!row) return null;
      const [accepted] = this.tasks.intake.addOnce(key, now, () => {
        const made = this.tasks.intake.add(task, actor, now);
        const fired = { lastFireAt: now.wall, lastTaskId: task.id };
        this.db.update(schedules).set(fired).where(eq(schedules.seq, row.seq)).run();
        this.record('schedule.fired', scheduleOf(row), { manual: true }, actor, now.wall, task.id);
        return [made];
      });
      return accepted ?? null;
    });
  }

  realign(schedule: Schedule, nextFireAt: number | null): Promise<void> {
    return this.engine.commit(() => {
      const row = this.unchanged(schedule);
      if (row) this.db.update(schedules).set({ nextFireAt }).where(eq(schedules.seq, row.seq)).run();
    });
  }

  async waiting(wall: number): Promise<{ overdue: number; earliest: number | null }> {
    return this.engine.read(() => {
      const late = and(sql`next_fire_at IS NOT NULL`, lt(schedules.nextFireAt, wall));
      const counted = this.db.select({ overdue: count() }).from(schedules).where(late).get();
      return { overdue: counted?.overdue ?? 0, earliest: this.earliestAfter(Number.MIN_SAFE_INTEGER) };
    });
  }

  forgetFires(wall: number, limit: number): Promise<number> {
    return this.engine.commit(() => {
      // The last fire stays, however old it is: it is the one that a clock put back by mistake would bring again.
      const { changes } = this.db.run(sql`
        DELETE FROM schedule_fires WHERE rowid IN (
          SELECT f.rowid FROM schedule_fires f LEFT JOIN schedules s ON s.id = f.schedule_id
          WHERE f.fire_at < ${wall} AND (s.id IS NULL OR f.fire_at < s.last_fire_at)
          LIMIT ${limit})`);
      return changes;
    });
  }

  /** Makes the task of one fire time, which is noted with it: no other transaction can make one for the same. */
  private fire(schedule: Schedule, fireAt: number, missed: MissedFires | null, task: NewTask, now: Instant): Settled {
    const noted = this.db.insert(scheduleFires).values({ scheduleId: schedule.id, fireAt }).onConflictDoNothing().run();
    if (noted.changes === 0) return 'repeated';
    const unfinished = schedule.overlap === 'queue' ? [] : this.unfinishedOf(schedule);
    const madeUpFor = missed && schedule.misfire === 'run-once' ? { missed: told(missed) } : {};
    if (unfinished.length > 0 && schedule.overlap === 'skip') {
      const detail = { reason: 'overlap', fireAt, ...madeUpFor };
      this.record('schedule.skipped', schedule, detail, SYSTEM, now.wall, unfinished[0]?.id);
      return 'overlap';
    }
    for (const earlier of unfinished) this.tasks.control.cancel(earlier, SYSTEM, now);
    this.tasks.intake.add(task, SYSTEM, now);
    this.record('schedule.fired', schedule, { fireAt, ...madeUpFor }, SYSTEM, now.wall, task.id);
    return 'settled';
  }

  private unfinishedOf({ id, overlap }: Schedule): TaskRow[] {
    const open = and(eq(tasks.scheduleId, id), sql`schedule_id IS NOT NULL AND status IN ('pending', 'running')`);
    const limit = overlap === 'skip' ? 1 : CANCELLED_AT_ONCE;
    return this.db.select().from(tasks).where(open).orderBy(asc(tasks.seq)).limit(limit).all();
  }

  private rowOf(id: string): Row | undefined {
    return this.db.select().from(schedules).where(eq(schedules.id, id)).get();
  }

  /** The row of a schedule that was read before, if neither an edit nor a fire has come between. */
  private unchanged({ id, updatedAt, nextFireAt }: Schedule): { seq: number } | undefined {
    const [row] = this.db
      .select({ seq: schedules.seq, updatedAt: schedules.updatedAt, nextFireAt: schedules.nextFireAt })
      .from(schedules)
      .where(eq(schedules.id, id))
      .all();
    return row?.updatedAt === updatedAt && row.nextFireAt === nextFireAt ? row : undefined;
  }

  private earliestAfter(wall: number): number | null {
    const first = this.db
      .select({ at: schedules.nextFireAt })
      .from(schedules)
      .where(and(sql`next_fire_at IS NOT NULL`, gt(schedules.nextFireAt, wall)))
      .orderBy(asc(schedules.nextFireAt))
      .limit(1)
      .get();
    return first?.at ?? null;
  }

  private exists(wanted: SQL): boolean {
    return this.db.select({ seq: schedules.seq }).from(schedules).where(wanted).limit(1).get() !== undefined;
  }

  /** Rows in order, as many as fit into a page, and one at the least. */
  private fitting(wanted: SQL | undefined, order: SQL[], limit: number): Row[] {
    const sizes = this.db
      .select({ seq: schedules.seq, bytes: sql<number>`octet_length(${schedules.task})` })
      .from(schedules)
      .where(wanted)
      .orderBy(...order)
      .limit(limit)
      .all();
    let room = PAGE_BYTES;
    const tooMuch = sizes.findIndex(({ bytes }, index) => {
      room -= bytes;
      return index > 0 && room < 0;
    });
    const chosen = sizes.slice(0, tooMuch === -1 ? sizes.length : tooMuch).map(({ seq }) => seq);
    if (chosen.length === 0) return [];
    return this.db
      .select()
      .from(schedules)
      .where(inArray(schedules.seq, chosen))
      .orderBy(...order)
      .all();
  }

  private record(
    action: AuditAction,
    { id, name }: Schedule,
    detail: Record<string, unknown>,
    actor: Actor,
    at: number,
    taskId: string | null = null,
  ): void {
    const event = { action, target: id, taskId, outcome: 'success', detail: { name, ...detail } } as const;
    this.engine.record(event, actor, at);
  }
}

const sameTimeAfter = (after: Schedule) =>
  and(eq(schedules.nextFireAt, after.nextFireAt ?? 0), gt(schedules.id, after.id));

function scheduleOf({ seq: _seq, task, overlap, misfire, ...row }: Row): Schedule {
  return { ...row, task: JSON.parse(task), overlap: overlap as Overlap, misfire: misfire as Misfire };
}

const definitionOf = ({ name, cron, timezone, overlap, misfire, enabled }: ScheduleDefinition) => ({
  name,
  cron,
  timezone,
  overlap,
  misfire,
  enabled,
});

/** Missed fires as the audit tells of them. */
const told = ({ more, ...missed }: MissedFires) => (more ? { ...missed, more } : missed);
