import { sql } from 'drizzle-orm';
import type { Instant } from '../../domain/clock.js';
import { refuseOutput } from '../../domain/task-machine.js';
import type { AppendVerdict, OutputStore, PrintedOutput, StoredPage } from '../output-store.js';
import type { Engine } from './engine.js';
import type { OutputTable } from './output-table.js';
import { attemptResult, stateOf } from './task-rows.js';
import type { TaskTable } from './task-table.js';

export class SqliteOutputStore implements OutputStore {
  constructor(
    private readonly engine: Engine,
    private readonly table: TaskTable,
    private readonly output: OutputTable,
  ) {}

  append({ taskId, attempt, reporter, chunks }: PrintedOutput, now: Instant): Promise<AppendVerdict> {
    return this.engine.commit((): AppendVerdict => {
      const row = this.table.byId(taskId);
      if (!row) return { taken: false, refusal: 'unknown' };
      const refusal = refuseOutput(stateOf(row), attempt, reporter);
      if (refusal) return { taken: false, refusal };
      const { next, gap } = this.output.append(row, attempt, chunks, now);
      return gap ? { taken: false, refusal: 'gap', next } : { taken: true, next };
    });
  }

  async page(taskId: string, after: number, bytes: number): Promise<StoredPage | null> {
    return this.engine.read(() => {
      const row = this.table.byId(taskId);
      if (!row) return null;
      const report = () => {
        const result = this.table.resultOf(row);
        return result && attemptResult(result);
      };
      return this.output.page(row, report, after, bytes);
    });
  }

  async beforeTail(taskId: string, bytes: number): Promise<number | null> {
    return this.engine.read(() => {
      const row = this.table.byId(taskId);
      return row ? this.output.beforeTail(row, bytes) : null;
    });
  }

  removeOfEnded(wall: number, limit: number): Promise<number> {
    return this.engine.commit(() => {
      const { changes } = this.engine.db.run(sql`
        DELETE FROM output_chunks WHERE id IN (
          SELECT output_chunks.id FROM tasks JOIN output_chunks ON task_seq = tasks.seq
          WHERE completed_at IS NOT NULL AND completed_at < ${wall} LIMIT ${limit})`);
      return changes;
    });
  }
}
