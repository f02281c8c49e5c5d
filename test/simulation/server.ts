import type { OpenDatabase } from '../../apps/api/src/storage/sqlite/database.js';
import { SqliteStorage } from '../../apps/api/src/storage/sqlite/sqlite-storage.js';
import type { TaskStore } from '../../apps/api/src/storage/task-store.js';
import type { ManualClock } from '../../apps/api/src/storage/testing/builders.js';
import { announceTo } from '../../apps/api/src/wakeups/announce.js';
import { InProcessWakeups } from '../../apps/api/src/wakeups/in-process-wakeups.js';

/** The store and the wake-ups of a server, which a restart makes anew over the same database. */
export class Server {
  wakeups!: InProcessWakeups;
  tasks!: TaskStore;

  constructor(
    private readonly database: OpenDatabase,
    readonly clock: ManualClock,
  ) {
    this.open();
  }

  async restart(): Promise<void> {
    this.open();
    // The clock that leases count on begins anew.
    this.clock.restart();
    await this.tasks.resumeLeases(this.clock.now());
  }

  private open(): void {
    this.wakeups = new InProcessWakeups();
    this.tasks = new SqliteStorage(this.database, { maxPending: 1_000_000 }, announceTo(this.wakeups)).tasks;
  }
}
