import type { Actor } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import type { NewTask, TaskStatus } from '../../domain/task.js';
import { QueueFull } from '../errors.js';
import type { Acceptance, IdempotencyKey } from '../task-store.js';
import type { Engine } from './engine.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import type { TaskRow } from './task-rows.js';
import type { TaskTable } from './task-table.js';

/** The way in for every task, whoever asks for it. Every method runs inside a transaction. */
export class TaskIntake {
  readonly keys: IdempotencyKeys;

  constructor(
    engine: Engine,
    private readonly table: TaskTable,
    private readonly limits: { maxPending: number },
  ) {
    this.keys = new IdempotencyKeys(engine);
  }

  /** Throws `QueueFull` when as many tasks wait as may. */
  add(task: NewTask, actor: Actor, now: Instant): TaskRow {
    if (this.table.countOf('pending') >= this.limits.maxPending) throw new QueueFull(this.limits.maxPending);
    return this.table.insert(task, actor, now);
  }

  /** All of them or none, and only once for the same key. Throws `QueueFull`, `IdempotencyKeyReused`. */
  addOnce(key: IdempotencyKey | null, now: Instant, add: () => TaskRow[]): Acceptance[] {
    const known = key && this.keys.recall(key, now.wall);
    if (known) return known;
    const accepted = add().map(acceptance);
    if (key) this.keys.remember(key, accepted, now.wall);
    return accepted;
  }
}

const acceptance = ({ id, status, createdAt, sessionId }: TaskRow): Acceptance => ({
  id,
  status: status as TaskStatus,
  createdAt,
  sessionId,
});
