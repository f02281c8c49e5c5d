import { stat } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { VERSION } from '#version';
import type { Config } from '../config.js';
import type { Clock } from '../domain/clock.js';
import { CLOCK, CONFIG, TASK_STORE, WORKER_REGISTRY } from '../injection-tokens.js';
import { ScheduleLag } from '../schedules/schedule-lag.js';
import { StorageUnavailable } from '../storage/errors.js';
import type { TaskStore } from '../storage/task-store.js';
import type { WorkerRegistry } from '../storage/worker-registry.js';
import { ExpirySweep } from '../tasks/expiry-sweep.js';
import { Presence } from '../workers/presence.js';

/** How things are at this moment: read when somebody asks for it. */
@Injectable()
export class ServerGauges {
  private readonly gauges;

  constructor(
    @Inject(TASK_STORE) private readonly tasks: TaskStore,
    @Inject(WORKER_REGISTRY) private readonly workers: WorkerRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    private readonly presence: Presence,
    private readonly sweep: ExpirySweep,
    private readonly schedules: ScheduleLag,
    private readonly registry: Registry,
  ) {
    const gauge = (name: string, help: string) =>
      new Gauge({ name: `openclaw_${name}`, help, registers: [this.registry] });
    this.gauges = {
      tasks: new Gauge({
        name: 'openclaw_tasks',
        help: 'Tasks that are kept, by status',
        labelNames: ['status'],
        registers: [this.registry],
      }),
      oldestWaiting: gauge(
        'oldest_waiting_seconds',
        'Age of the task that is ready and has waited longest; 0: none is',
      ),
      workersOnline: gauge('workers_online', 'Workers that poll'),
      workersDraining: gauge('workers_draining', 'Workers online that take nothing new'),
      sweepLag: gauge(
        'sweep_lag_seconds',
        'Time since the last sweep for overdue tasks finished; one runs each second',
      ),
      scheduleLag: gauge('schedule_lag_seconds', 'How far the schedule that waits longest is past its fire time'),
      schedulesOverdue: gauge('schedules_overdue', 'Schedules more than a minute past their fire time'),
      storageUp: gauge('storage_up', '1 if the database can be read; if not, what would be read from it is left out'),
      fileBytes: gauge('sqlite_file_bytes', 'Size of the database file'),
      walBytes: gauge('sqlite_wal_bytes', "Size of the database's write-ahead log"),
    };
    const build = { name: 'openclaw_build_info', help: 'Always 1; the version is a label', labelNames: ['version'] };
    new Gauge({ ...build, registers: [this.registry] }).set({ version: VERSION }, 1);
    collectDefaultMetrics({ register: this.registry });
  }

  async update(): Promise<void> {
    const { gauges } = this;
    gauges.workersOnline.set(this.presence.online);
    gauges.sweepLag.set(this.sweep.lagMs / 1000);
    gauges.fileBytes.set(await sizeOf(this.config.databasePath));
    gauges.walBytes.set(await sizeOf(`${this.config.databasePath}-wal`));
    try {
      await this.readStorage();
      gauges.storageUp.set(1);
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error;
      gauges.storageUp.set(0);
      // An old number that looks like a new one would be worse than none.
      for (const gauge of this.fromStorage) gauge.remove();
      gauges.tasks.reset();
    }
  }

  private get fromStorage(): Gauge[] {
    const { oldestWaiting, workersDraining, scheduleLag, schedulesOverdue } = this.gauges;
    return [oldestWaiting, workersDraining, scheduleLag, schedulesOverdue];
  }

  private async readStorage(): Promise<void> {
    const { gauges } = this;
    for (const [status, count] of Object.entries(await this.tasks.counts())) gauges.tasks.set({ status }, count);
    const oldest = await this.tasks.oldestReady();
    const { wall } = this.clock.now();
    gauges.oldestWaiting.set(Math.max(0, wall - (oldest ?? wall)) / 1000);
    const online = await this.workers.online();
    gauges.workersDraining.set(online.filter(({ draining }) => draining).length);
    const { overdue, lagMs } = await this.schedules.read();
    gauges.scheduleLag.set(lagMs / 1000);
    gauges.schedulesOverdue.set(overdue);
  }
}

/** Bytes of a file; 0 when there is none. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
