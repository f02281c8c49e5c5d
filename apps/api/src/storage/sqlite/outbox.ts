import { eq, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { v7 as uuidv7 } from 'uuid';
import { actionsOf, isTold, originOf, type ToldAction } from '../../domain/webhook.js';
import type { AuditEvent } from '../audit-event.js';
import type { StoredTask } from '../task-store.js';
import type { ComposeMessage, Happening } from '../webhook-store.js';
import { compiled } from './compiled.js';
import type { Companion } from './group-commit.js';
import { placeholders } from './placeholders.js';
import { taskInputs, taskResults, tasks, webhookDeliveries, webhooks } from './schema.js';
import { storedTask } from './task-rows.js';

/** Who is told: a standing webhook, or the one that a task names. */
interface Receiver {
  webhookId: string | null;
  url: string;
}

type Noted = Omit<Happening, 'task' | 'action'> & { action: ToldAction; webhook: string | null };

/**
 * Writes what webhooks are told, in the transaction of what they are told of. A change that no webhook asks for costs one
 * look into memory.
 */
export class Outbox implements Companion {
  private readonly noted: Noted[] = [];
  /** The standing webhooks by what they ask for; null when they have to be read anew. */
  private known: ReadonlyMap<string, Receiver[]> | null = null;
  private readonly task;
  private readonly insert;

  constructor(
    private readonly db: BetterSQLite3Database,
    private readonly compose: ComposeMessage,
    private readonly announce: () => void,
  ) {
    this.task = db
      .select()
      .from(tasks)
      .innerJoin(taskInputs, eq(taskInputs.taskSeq, tasks.seq))
      .leftJoin(taskResults, eq(taskResults.taskSeq, tasks.seq))
      .where(eq(tasks.id, sql.placeholder('id')))
      .prepare();
    const row = placeholders(
      'id',
      'webhookId',
      'type',
      'taskId',
      'url',
      'origin',
      'state',
      'createdAt',
      'since',
      'nextAttemptAt',
      'body',
    );
    this.insert = compiled({ insert: db.insert(webhookDeliveries).values(row).prepare() }).insert;
  }

  /** Hears of every change of a task, a worker or a schedule; `webhook` is the one that the task names. */
  note({ action, target, detail, taskId }: AuditEvent, at: number, webhook: string | null): void {
    if (webhook === null && !this.receivers().has(action)) return;
    if (isTold(action)) this.noted.push({ action, target, detail, taskId, at, webhook });
  }

  /** The end of the work of a transaction: writes what it is to tell. */
  write(): void {
    if (this.noted.length === 0) return;
    for (const { webhook, ...noted } of this.noted.splice(0)) {
      const task = noted.action.startsWith('task.') ? this.ended(noted) : null;
      if (noted.action.startsWith('task.') && task === null) continue;
      const own = webhook === null ? [] : [{ webhookId: null, url: webhook }];
      this.tell({ ...noted, task }, [...(this.receivers().get(noted.action) ?? []), ...own]);
    }
  }

  /** Writes one message for each of `receivers`; answers their ids. */
  tell(happening: Happening, receivers: readonly Receiver[]): string[] {
    const { action: type, taskId, at } = happening;
    const body = receivers.length === 0 ? '' : this.compose(happening);
    const ids = receivers.map(({ webhookId, url }) => {
      const id = uuidv7();
      const due = { state: 'pending', createdAt: at, since: at, nextAttemptAt: at };
      this.insert.run({ id, webhookId, type, taskId, url, origin: originOf(webhookId, url), body, ...due });
      return id;
    });
    if (ids.length > 0) this.announce();
    return ids;
  }

  /** The standing webhooks are others now. */
  forget(): void {
    this.known = null;
  }

  mark(): () => void {
    const { length } = this.noted;
    return () => {
      this.noted.length = length;
      this.known = null;
    };
  }

  /** Null for the end of an attempt that is followed by another. */
  private ended({ action, taskId }: Pick<Noted, 'action' | 'taskId'>): StoredTask | null {
    const found = this.task.get({ id: taskId });
    if (!found || `task.${found.tasks.status}` !== action) return null;
    return storedTask(found.tasks, found.task_inputs, found.task_results);
  }

  private receivers(): ReadonlyMap<string, Receiver[]> {
    this.known ??= this.read();
    return this.known;
  }

  private read(): ReadonlyMap<string, Receiver[]> {
    const receivers = new Map<string, Receiver[]>();
    for (const { id, url, events } of this.db.select().from(webhooks).where(eq(webhooks.enabled, true)).all()) {
      for (const action of actionsOf(JSON.parse(events))) {
        receivers.set(action, [...(receivers.get(action) ?? []), { webhookId: id, url }]);
      }
    }
    return receivers;
  }
}
