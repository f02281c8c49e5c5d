import { sql } from 'drizzle-orm';
import type { Actor } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import { type DiscordMessage, messageOfEnd } from '../../domain/discord-message.js';
import { isFinal, type NewTask, type TaskStatus } from '../../domain/task.js';
import type { Acceptance, Control, IdempotencyKey } from '../task-store.js';
import type { Engine } from './engine.js';
import { tasks } from './schema.js';
import type { TaskIntake } from './task-intake.js';
import { inputOf, retryPolicyOf, stateOf, type TaskRow, targetOfRow } from './task-rows.js';
import type { TaskTable } from './task-table.js';
import type { Uploads } from './uploads.js';

/** What people do to tasks that are there. Every method runs inside a transaction. */
export class TaskControl {
  private readonly table: TaskTable;
  private readonly intake: TaskIntake;
  private readonly uploads: Uploads;

  constructor(
    private readonly engine: Engine,
    { table, intake, uploads }: { table: TaskTable; intake: TaskIntake; uploads: Uploads },
  ) {
    this.table = table;
    this.intake = intake;
    this.uploads = uploads;
  }

  /** Ends a waiting task, asks for the end of a running one; says no when it has ended. Asking again changes nothing. */
  cancel(row: TaskRow, actor: Actor, now: Instant): boolean {
    if (isFinal(row.status as TaskStatus)) return false;
    if (row.status === 'running' && row.cancelRequestedAt !== null) return true;
    return this.table.apply(row, { type: 'cancel' }, actor, now).ok;
  }

  remove(row: TaskRow, actor: Actor, now: Instant): boolean {
    if (!isFinal(row.status as TaskStatus)) return false;
    this.table.remove(row, actor, now);
    return true;
  }

  /** A new task with the input of one that has ended. */
  retry(
    row: TaskRow,
    copy: { id: string; discord: DiscordMessage | null },
    key: IdempotencyKey | null,
    actor: Actor,
    now: Instant,
  ): Control<Acceptance> {
    if (!isFinal(row.status as TaskStatus)) return { done: false, refusal: 'unfinished' };
    const [accepted] = this.intake.addOnce(key, now, () => {
      const made = this.intake.add(this.copyOf(row, copy), actor, now);
      this.table.record('task.retried', row, { by: made.id }, actor, now);
      return [made];
    });
    return accepted ? { done: true, value: accepted } : { done: false, refusal: 'unknown' };
  }

  /** Lets tasks go that a restore has held back: those of `ids`, or all; at most `limit`. Answers how many. */
  releaseHeld(ids: readonly string[] | null, limit: number, actor: Actor, now: Instant): number {
    const held = sql`status = 'pending' AND blocked = 'held'`;
    const chosen = ids === null ? held : sql`${held} AND id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
    const rows = this.engine.db.select().from(tasks).where(chosen).orderBy(tasks.seq).limit(limit).all();
    for (const row of rows) {
      const later = row.dueAt !== null && row.dueAt > now.wall;
      const expiresAt = Math.max(row.dueAt ?? 0, now.wall) + row.expiresIn;
      // The first number of the epoch stands for whatever ran after the backup: the task may have had attempts before.
      const attempt = Math.max(row.attempt, this.table.attemptsAbove + 1);
      const free = this.table.write(row, { ...stateOf(row), attempt, blocked: later ? 'due' : null, expiresAt });
      this.table.record('task.released', free, { held: true }, actor, now);
      if (!later) this.table.makeReady(free);
    }
    return rows.length;
  }

  private copyOf(row: TaskRow, { id, discord }: { id: string; discord: DiscordMessage | null }): NewTask {
    const input = this.table.inputOf(row);
    const shown = JSON.parse(input.shown);
    return {
      id,
      type: row.type as NewTask['type'],
      timeout: row.timeout,
      expiresIn: row.expiresIn,
      priority: row.priority,
      dueAt: null,
      target: targetOfRow(row),
      retry: retryPolicyOf(row),
      sessionId: row.sessionId,
      uploadId: this.uploads.usedBy(row.seq),
      scheduleId: row.scheduleId,
      fireAt: null,
      retryOf: row.id,
      webhook: row.webhook,
      discord: discord ?? messageOfEnd(shown.callbackChannel),
      input: inputOf(input),
      labels: input.labels === null ? null : JSON.parse(input.labels),
      auditDetail: { type: row.type, ...shown, retryOf: row.id },
    };
  }
}
