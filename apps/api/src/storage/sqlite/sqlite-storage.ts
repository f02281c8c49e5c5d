import type { ChangeListener } from '../change-feed.js';
import type { Storage } from '../storage.js';
import type { OpenDatabase } from './database.js';
import { Engine } from './engine.js';
import { SqliteAuditStore } from './sqlite-audit-store.js';
import { SqliteFileStore } from './sqlite-file-store.js';
import { SqliteScheduleStore } from './sqlite-schedule-store.js';
import { SqliteTaskStore } from './sqlite-task-store.js';
import { SqliteTokenStore } from './sqlite-token-store.js';
import { SqliteWorkerRegistry } from './sqlite-worker-registry.js';
import { TaskControl } from './task-control.js';
import { TaskIntake } from './task-intake.js';
import { TaskTable } from './task-table.js';
import { Uploads } from './uploads.js';

export interface StorageLimits {
  /** How many tasks may wait. */
  maxPending: number;
}

/** All stores on one SQLite database, which share its one writer and its one audit chain. */
export class SqliteStorage implements Storage {
  readonly tasks: SqliteTaskStore;
  readonly schedules: SqliteScheduleStore;
  readonly workers: SqliteWorkerRegistry;
  readonly files: SqliteFileStore;
  readonly audit: SqliteAuditStore;
  readonly tokens: SqliteTokenStore;
  private readonly engine: Engine;

  constructor(database: OpenDatabase, limits: StorageLimits, listener: ChangeListener = () => undefined) {
    this.engine = new Engine(database, listener);
    const table = new TaskTable(this.engine);
    const uploads = new Uploads(this.engine);
    const intake = new TaskIntake(this.engine, { table, uploads }, limits);
    const control = new TaskControl(this.engine, { table, intake, uploads });
    this.tasks = new SqliteTaskStore(this.engine, { table, intake, control });
    this.schedules = new SqliteScheduleStore(this.engine, { intake, control });
    this.workers = new SqliteWorkerRegistry(this.engine);
    this.files = new SqliteFileStore(this.engine, { table, uploads });
    this.audit = new SqliteAuditStore(this.engine);
    this.tokens = new SqliteTokenStore(this.engine);
  }

  close(): void {
    this.engine.close();
  }
}
