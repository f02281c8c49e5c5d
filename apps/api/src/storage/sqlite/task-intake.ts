import type { Actor } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import type { NewTask, TaskStatus } from '../../domain/task.js';
import { QueueFull } from '../errors.js';
import type { Acceptance, IdempotencyKey } from '../task-store.js';
import { expectMessage } from './discord-messages.js';
import type { Engine } from './engine.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import type { TaskRow } from './task-rows.js';
import type { TaskTable } from './task-table.js';
import type { Uploads } from './uploads.js';

/** The way in for every task, whoever asks for it. Every method runs inside a transaction. */
export class TaskIntake {
  readonly keys: IdempotencyKeys;
  private readonly table: TaskTable;
  private readonly uploads: Uploads;

  constructor(
    private readonly engine: Engine,
    { table, uploads }: { table: TaskTable; uploads: Uploads },
    private readonly limits: { maxPending: number },
  ) {
    this.table = table;
    this.uploads = uploads;
    this.keys = new IdempotencyKeys(engine);
  }

  /** Throws `QueueFull` when as many tasks wait as may, `UploadNotFound` when it names an upload that is not there. */
  add(task: NewTask, actor: Actor, now: Instant): TaskRow {
    if (this.engine.counts.of('pending') >= this.limits.maxPending) throw new QueueFull(this.limits.maxPending);
    const row = this.insert(task, actor, now);
    if (task.discord) expectMessage(this.engine, row.seq, task.discord);
    return row;
  }

  /** All of them or none, and only once for the same key. Throws `QueueFull`, `UploadNotFound`, `IdempotencyKeyReused`. */
  addOnce(key: IdempotencyKey | null, now: Instant, add: () => TaskRow[]): Acceptance[] {
    const known = key && this.keys.recall(key, now.wall);
    if (known) return known;
    const accepted = add().map(acceptance);
    if (key) this.keys.remember(key, accepted, now.wall);
    return accepted;
  }

  private insert(task: NewTask, actor: Actor, now: Instant): TaskRow {
    if (task.uploadId === null) return this.table.insert(task, actor, now);
    const { size: bytes, sha256 } = this.uploads.found(task.uploadId, now.wall);
    const auditDetail = { ...task.auditDetail, content: { bytes, sha256 } };
    const row = this.table.insert({ ...task, auditDetail }, actor, now);
    this.uploads.use(task.uploadId, row.seq);
    return row;
  }
}

const acceptance = ({ id, status, createdAt, sessionId }: TaskRow): Acceptance => ({
  id,
  status: status as TaskStatus,
  createdAt,
  sessionId,
});
