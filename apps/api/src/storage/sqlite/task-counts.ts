import { eq, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { TaskStatus } from '../../domain/task.js';
import { compiled } from './compiled.js';
import type { Companion } from './group-commit.js';
import { taskCounts } from './schema.js';

const { placeholder } = sql;

/** How many tasks have which status: gathered while a group of changes is made, written once before it is committed. */
export class TaskCounts implements Companion {
  private gathered = new Map<TaskStatus, number>();
  private readonly statements;

  constructor(db: BetterSQLite3Database) {
    const ofStatus = eq(taskCounts.status, placeholder('status'));
    this.statements = compiled({
      read: db.select({ count: taskCounts.count }).from(taskCounts).where(ofStatus).prepare(),
      add: db
        .update(taskCounts)
        .set({ count: sql`count + ${placeholder('by')}` })
        .where(ofStatus)
        .prepare(),
    });
  }

  /** Within a transaction, what it has changed so far included. */
  of(status: TaskStatus): number {
    return (this.statements.read.get({ status })?.count ?? 0) + (this.gathered.get(status) ?? 0);
  }

  added(status: TaskStatus): void {
    this.add(status, 1);
  }

  moved(from: TaskStatus, to: TaskStatus): void {
    if (from === to) return;
    this.add(from, -1);
    this.add(to, 1);
  }

  mark(): () => void {
    const before = new Map(this.gathered);
    return () => {
      this.gathered = before;
    };
  }

  settle(): void {
    for (const [status, by] of this.gathered) if (by !== 0) this.statements.add.run({ status, by });
    this.gathered = new Map();
  }

  private add(status: TaskStatus, by: number): void {
    this.gathered.set(status, (this.gathered.get(status) ?? 0) + by);
  }
}
