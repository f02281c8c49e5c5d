import { and, asc, eq, getTableColumns, gt, type SQL, sql } from 'drizzle-orm';
import type { Actor } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import type { WorkerRecord, WorkerRegistry } from '../worker-registry.js';
import { compiled } from './compiled.js';
import type { Engine } from './engine.js';
import { workers } from './schema.js';

const { placeholder } = sql;

const RUNNING = sql<number>`(SELECT count(*) FROM tasks
  WHERE tasks.status = 'running' AND tasks.lease_worker_id = workers.worker_id)`;

export class SqliteWorkerRegistry implements WorkerRegistry {
  private readonly statements;

  constructor(private readonly engine: Engine) {
    const query = (which: SQL) =>
      engine.db
        .select({ ...getTableColumns(workers), running: RUNNING })
        .from(workers)
        .where(which)
        .orderBy(asc(workers.name));
    this.statements = compiled({
      byName: query(eq(workers.name, placeholder('name'))).prepare(),
      online: query(eq(workers.online, true)).prepare(),
      page: query(gt(workers.name, placeholder('after')))
        .limit(placeholder('limit'))
        .prepare(),
    });
  }

  async find(name: string): Promise<WorkerRecord | null> {
    return this.engine.read(() => this.record(name));
  }

  async list(limit: number, after: string | null): Promise<{ workers: WorkerRecord[]; next: string | null }> {
    const rows = this.engine.read(() => this.statements.page.all({ after: after ?? '', limit: limit + 1 }));
    const page = rows.slice(0, limit).map(toRecord);
    return { workers: page, next: rows.length > limit ? (page.at(-1)?.name ?? null) : null };
  }

  async online(): Promise<WorkerRecord[]> {
    return this.engine.read(() => this.statements.online.all().map(toRecord));
  }

  setDrained(name: string, drained: boolean, actor: Actor, now: Instant): Promise<WorkerRecord | null> {
    return this.engine.commit(() => {
      const { changes } = this.engine.db
        .update(workers)
        .set({ drained })
        .where(and(eq(workers.name, name), eq(workers.drained, !drained)))
        .run();
      if (changes > 0) {
        this.engine.announce({ kind: 'worker', name });
        this.engine.audit.append(
          {
            action: drained ? 'worker.drained' : 'worker.resumed',
            target: name,
            taskId: null,
            outcome: 'success',
            detail: {},
          },
          actor,
          now.wall,
        );
      }
      return this.record(name);
    });
  }

  markOffline(name: string, actor: Actor, now: Instant): Promise<void> {
    return this.engine.commit(() => {
      const { changes } = this.engine.db
        .update(workers)
        .set({ online: false, draining: false })
        .where(and(eq(workers.name, name), eq(workers.online, true)))
        .run();
      if (changes === 0) return;
      this.engine.record(
        { action: 'worker.offline', target: name, taskId: null, outcome: 'success', detail: {} },
        actor,
        now.wall,
      );
    });
  }

  private record(name: string): WorkerRecord | null {
    const row = this.statements.byName.get({ name });
    return row ? toRecord(row) : null;
  }
}

function toRecord({ running, ...worker }: typeof workers.$inferSelect & { running: number }): WorkerRecord {
  const { name, online, drained, draining, hostname, platform, version, maxConcurrent, lastSeenAt } = worker;
  return {
    name,
    online,
    draining: drained || draining,
    hostname,
    platform,
    version,
    tags: JSON.parse(worker.tags),
    kinds: JSON.parse(worker.kinds),
    maxConcurrent,
    running,
    lastSeenAt,
  };
}
