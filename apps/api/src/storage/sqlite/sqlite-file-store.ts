import { and, asc, count, desc, eq, inArray, isNotNull, lt, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Actor } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import type { Reporter } from '../../domain/lease.js';
import { refuseFiles } from '../../domain/task-machine.js';
import type {
  AnnouncedFile,
  FileRefusal,
  FileStore,
  FileVerdict,
  StoredArtifact,
  StoredUpload,
} from '../file-store.js';
import type { AttemptRef } from '../task-store.js';
import type { Engine } from './engine.js';
import { artifacts, removedBlobs, tasks, uploads } from './schema.js';
import { stateOf, type TaskRow } from './task-rows.js';
import type { TaskTable } from './task-table.js';
import type { Uploads } from './uploads.js';

type ArtifactRow = typeof artifacts.$inferSelect;

const take = <T>(value: T): FileVerdict<T> => ({ taken: true, value });
const refuse = (refusal: FileRefusal): FileVerdict<never> => ({ taken: false, refusal });

export class SqliteFileStore implements FileStore {
  private readonly db: BetterSQLite3Database;
  private readonly table: TaskTable;
  private readonly uploads: Uploads;

  constructor(
    private readonly engine: Engine,
    { table, uploads: sentAhead }: { table: TaskTable; uploads: Uploads },
  ) {
    this.db = engine.db;
    this.table = table;
    this.uploads = sentAhead;
  }

  announce(file: AnnouncedFile, reporter: Reporter, now: Instant): Promise<FileVerdict<StoredArtifact>> {
    return this.engine.commit(() => {
      const task = this.table.byId(file.taskId);
      if (!task) return refuse('unknown_task');
      const { attempt, name, size, sha256 } = file;
      const refusal = refuseFiles(stateOf(task), { attempt, reporter });
      if (refusal) return refuse(refusal);
      const ofAttempt = and(eq(artifacts.taskSeq, task.seq), eq(artifacts.attempt, attempt));
      const known = this.db
        .select()
        .from(artifacts)
        .where(and(ofAttempt, eq(artifacts.name, name)))
        .get();
      if (known?.size === size && known.sha256 === sha256) return take(storedArtifact(known, task));
      if (known?.storedAt != null) return refuse('exists');
      // Other bytes than those that have begun to come: these make room.
      if (known) this.db.delete(artifacts).where(eq(artifacts.id, known.id)).run();
      const { taskId: _, maxFiles, ...columns } = file;
      const others = this.db.select({ count: count() }).from(artifacts).where(ofAttempt).get()?.count ?? 0;
      if (others >= maxFiles) return refuse('too_many');
      const row = this.db
        .insert(artifacts)
        .values({ ...columns, taskSeq: task.seq, announcedAt: now.wall })
        .returning()
        .get();
      return take(storedArtifact(row, task));
    });
  }

  async announced(id: string, reporter: Reporter): Promise<FileVerdict<StoredArtifact>> {
    return this.engine.read(() => {
      const found = this.forSender(id, reporter);
      return found.taken ? take(storedArtifact(found.value.row, found.value.task)) : found;
    });
  }

  complete(id: string, reporter: Reporter, actor: Actor, now: Instant): Promise<FileVerdict<StoredArtifact>> {
    return this.engine.commit(() => {
      const found = this.forSender(id, reporter);
      if (!found.taken) return found;
      const { row, task } = found.value;
      if (row.storedAt !== null) return take(storedArtifact(row, task));
      this.db.update(artifacts).set({ storedAt: now.wall }).where(eq(artifacts.id, id)).run();
      const { attempt, name, path, size, sha256 } = row;
      this.table.record('artifact.stored', task, { attempt, name, path, size, sha256 }, actor, now);
      return take(storedArtifact({ ...row, storedAt: now.wall }, task));
    });
  }

  async artifactsOf(taskId: string): Promise<StoredArtifact[] | null> {
    return this.engine.read(() => {
      const task = this.table.byId(taskId);
      if (!task) return null;
      const rows = this.db
        .select()
        .from(artifacts)
        .where(and(eq(artifacts.taskSeq, task.seq), isNotNull(artifacts.storedAt)))
        .orderBy(asc(artifacts.name), desc(artifacts.attempt))
        .all();
      const newest = rows.filter(({ name }, index) => name !== rows[index - 1]?.name);
      return newest.map((row) => storedArtifact(row, task));
    });
  }

  addUpload(upload: StoredUpload): Promise<void> {
    return this.engine.commit(() => this.uploads.add(upload));
  }

  async uploadOf({ taskId, attempt }: AttemptRef, reporter: Reporter): Promise<FileVerdict<StoredUpload>> {
    return this.engine.read(() => {
      const task = this.table.byId(taskId);
      if (!task) return refuse('unknown_task');
      const refusal = refuseFiles(stateOf(task), { attempt, reporter });
      if (refusal) return refuse(refusal);
      if (task.status !== 'running') return refuse('stale_attempt');
      const upload = this.uploads.ofTask(task.seq);
      return upload ? take(upload) : refuse('unknown_file');
    });
  }

  removeExpiredUploads(now: Instant, limit: number): Promise<number> {
    return this.engine.commit(() => this.uploads.removeExpired(now.wall, limit));
  }

  removeAbandoned(wall: number, limit: number): Promise<number> {
    return this.engine.commit(() => {
      const over = sql`(${tasks.attempt} <> ${artifacts.attempt} OR ${tasks.completedAt} < ${wall})`;
      const abandoned = this.db
        .select({ id: artifacts.id })
        .from(artifacts)
        .innerJoin(tasks, eq(tasks.seq, artifacts.taskSeq))
        .where(and(sql`stored_at IS NULL`, lt(artifacts.announcedAt, wall), over))
        .limit(limit);
      return this.db.delete(artifacts).where(inArray(artifacts.id, abandoned)).run().changes;
    });
  }

  async removedBlobs(limit: number): Promise<string[]> {
    return this.engine.read(() => this.db.select().from(removedBlobs).limit(limit).all()).map(({ id }) => id);
  }

  forgetRemoved(ids: readonly string[]): Promise<void> {
    return this.engine.commit(() => {
      this.db
        .delete(removedBlobs)
        .where(inArray(removedBlobs.id, [...ids]))
        .run();
    });
  }

  async unknownOf(ids: readonly string[]): Promise<string[]> {
    const known = this.engine.read(() =>
      [artifacts, uploads].flatMap((table) =>
        this.db
          .select({ id: table.id })
          .from(table)
          .where(inArray(table.id, [...ids]))
          .all(),
      ),
    );
    const there = new Set(known.map(({ id }) => id));
    return ids.filter((id) => !there.has(id));
  }

  private forSender(id: string, reporter: Reporter): FileVerdict<{ row: ArtifactRow; task: TaskRow }> {
    const found = this.db
      .select({ row: artifacts, task: tasks })
      .from(artifacts)
      .innerJoin(tasks, eq(tasks.seq, artifacts.taskSeq))
      .where(eq(artifacts.id, id))
      .get();
    if (!found) return refuse('unknown_file');
    const refusal = refuseFiles(stateOf(found.task), { attempt: found.row.attempt, reporter });
    return refusal ? refuse(refusal) : take(found);
  }
}

function storedArtifact(row: ArtifactRow, { id: taskId }: TaskRow): StoredArtifact {
  const { taskSeq: _, announcedAt: __, ...artifact } = row;
  return { ...artifact, taskId };
}
