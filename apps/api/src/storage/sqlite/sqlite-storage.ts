import type { ChangeListener } from '../change-feed.js';
import type { Storage } from '../storage.js';
import type { ComposeMessage } from '../webhook-store.js';
import type { OpenDatabase } from './database.js';
import { SqliteDiscordMessageStore } from './discord-messages.js';
import { Engine } from './engine.js';
import { OutputTable } from './output-table.js';
import { SqliteAuditStore } from './sqlite-audit-store.js';
import { SqliteFileStore } from './sqlite-file-store.js';
import { SqliteOutputStore } from './sqlite-output-store.js';
import { SqliteScheduleStore } from './sqlite-schedule-store.js';
import { SqliteTaskStore } from './sqlite-task-store.js';
import { SqliteTokenStore } from './sqlite-token-store.js';
import { SqliteWebhookStore } from './sqlite-webhook-store.js';
import { SqliteWorkerRegistry } from './sqlite-worker-registry.js';
import { TaskControl } from './task-control.js';
import { TaskIntake } from './task-intake.js';
import { TaskTable } from './task-table.js';
import { Uploads } from './uploads.js';

const MAX_OUTPUT_BYTES = 256 * 1_048_576;

export interface StorageLimits {
  /** How many tasks may wait. */
  maxPending: number;
  /** How many bytes are kept of what one task has streamed. */
  maxOutputBytes?: number;
}

/** All stores on one SQLite database, which share its one writer and its one audit chain. */
export class SqliteStorage implements Storage {
  readonly tasks: SqliteTaskStore;
  readonly output: SqliteOutputStore;
  readonly schedules: SqliteScheduleStore;
  readonly workers: SqliteWorkerRegistry;
  readonly files: SqliteFileStore;
  readonly audit: SqliteAuditStore;
  readonly tokens: SqliteTokenStore;
  readonly webhooks: SqliteWebhookStore;
  readonly discordMessages: SqliteDiscordMessageStore;
  private readonly engine: Engine;

  /** @param compose writes what webhooks are sent; without it, what has happened as it is */
  constructor(
    database: OpenDatabase,
    limits: StorageLimits,
    listener: ChangeListener = () => undefined,
    compose?: ComposeMessage,
  ) {
    this.engine = new Engine(database, listener, compose);
    const table = new TaskTable(this.engine);
    const uploads = new Uploads(this.engine);
    const intake = new TaskIntake(this.engine, { table, uploads }, limits);
    const control = new TaskControl(this.engine, { table, intake, uploads });
    const output = new OutputTable(this.engine, limits.maxOutputBytes ?? MAX_OUTPUT_BYTES);
    this.tasks = new SqliteTaskStore(this.engine, { table, intake, control, output });
    this.output = new SqliteOutputStore(this.engine, table, output);
    this.schedules = new SqliteScheduleStore(this.engine, { intake, control });
    this.workers = new SqliteWorkerRegistry(this.engine);
    this.files = new SqliteFileStore(this.engine, { table, uploads });
    this.audit = new SqliteAuditStore(this.engine);
    this.tokens = new SqliteTokenStore(this.engine);
    this.webhooks = new SqliteWebhookStore(this.engine);
    this.discordMessages = new SqliteDiscordMessageStore(this.engine);
  }

  async indexNew(): Promise<number> {
    const { taskSearch, auditSearch } = this.engine;
    const added = (await taskSearch.addNew()) + (await auditSearch.addNew());
    return added > 0 ? added : (await taskSearch.prepareBlock()) + (await auditSearch.prepareBlock());
  }

  close(): void {
    this.engine.close();
  }
}
