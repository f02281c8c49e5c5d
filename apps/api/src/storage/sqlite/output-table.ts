import { and, asc, desc, eq, gt, lt, sql } from 'drizzle-orm';
import type { Instant } from '../../domain/clock.js';
import { isFinal, type TaskStatus } from '../../domain/task.js';
import type { PrintedChunk, StoredChunk, StoredPage, StreamName } from '../output-store.js';
import { type ReportedOutput, unstreamed } from '../reported-output.js';
import { compiled } from './compiled.js';
import type { Engine } from './engine.js';
import { placeholders } from './placeholders.js';
import { outputChunks, taskOutputs } from './schema.js';
import type { TaskRow } from './task-rows.js';

const { placeholder } = sql;

type Progress = typeof taskOutputs.$inferSelect;

const { seq, attempt, stream, at, data } = outputChunks;
const CHUNK_COLUMNS = { seq, attempt, stream, at, data };

/** How many rows are read at a time: each may hold a quarter of a megabyte. */
const ROWS = 16;

/** The output of tasks. Every method that changes something runs inside a transaction. */
export class OutputTable {
  private readonly statements;

  /** @param maxKept how many bytes are kept of one task; half of it is for the head, which stays */
  constructor(
    private readonly engine: Engine,
    private readonly maxKept: number,
  ) {
    const { db } = engine;
    const progress = placeholders(
      'taskSeq',
      'attempt',
      'nextChunk',
      'lastSeq',
      'stdoutBytes',
      'stderrBytes',
      'keptBytes',
      'headSeq',
    );
    const after = and(eq(outputChunks.taskSeq, placeholder('taskSeq')), gt(outputChunks.seq, placeholder('after')));
    this.statements = compiled({
      progress: db
        .select()
        .from(taskOutputs)
        .where(eq(taskOutputs.taskSeq, placeholder('taskSeq')))
        .prepare(),
      saveProgress: db
        .insert(taskOutputs)
        .values(progress)
        .onConflictDoUpdate({ target: taskOutputs.taskSeq, set: progress as unknown as Partial<Progress> })
        .prepare(),
      insert: db
        .insert(outputChunks)
        .values(placeholders('taskSeq', 'seq', 'attempt', 'stream', 'at', 'data'))
        .prepare(),
      after: db
        .select(CHUNK_COLUMNS)
        .from(outputChunks)
        .where(after)
        .orderBy(asc(outputChunks.seq))
        .limit(ROWS)
        .prepare(),
      oldestAfter: db
        .select({ seq: outputChunks.seq, bytes: sql<number>`length(data)` })
        .from(outputChunks)
        .where(after)
        .orderBy(asc(outputChunks.seq))
        .limit(1)
        .prepare(),
      newest: db
        .select({ seq: outputChunks.seq, bytes: sql<number>`length(data)` })
        .from(outputChunks)
        .where(and(eq(outputChunks.taskSeq, placeholder('taskSeq')), lt(outputChunks.seq, placeholder('before'))))
        .orderBy(desc(outputChunks.seq))
        .limit(ROWS)
        .prepare(),
      remove: db
        .delete(outputChunks)
        .where(and(eq(outputChunks.taskSeq, placeholder('taskSeq')), eq(outputChunks.seq, placeholder('seq'))))
        .prepare(),
    });
  }

  /** Adds what is new of `chunks`, all of it or nothing; answers the number that is expected next. */
  append(row: TaskRow, attempt: number, chunks: readonly PrintedChunk[], now: Instant): { next: number; gap: boolean } {
    const before = this.progressOf(row, attempt);
    const fresh = chunks.filter(({ seq }) => seq >= before.nextChunk);
    if (fresh.some(({ seq }, index) => seq !== before.nextChunk + index)) return { next: before.nextChunk, gap: true };
    if (fresh.length > 0) this.store(row, before, fresh, now);
    return { next: before.nextChunk + fresh.length, gap: false };
  }

  /** Keeps what a report tells beyond what was streamed: that of a further attempt will take the report's place. */
  keepReported(row: TaskRow, report: ReportedOutput, now: Instant): void {
    const progress = this.progressOf(row, row.attempt);
    const rest = unstreamed(report, { stdout: progress.stdoutBytes, stderr: progress.stderrBytes });
    if (rest.length > 0) this.store(row, progress, rest, now);
  }

  /** @param report answers what the newest attempt has reported, which may be large */
  page(row: TaskRow, report: () => ReportedOutput | null, after: number, bytes: number): StoredPage {
    const chunks: StoredChunk[] = [];
    let room = bytes;
    for (let last = after; room > 0; last = chunks.at(-1)?.seq ?? last) {
      const rows = this.statements.after.all({ taskSeq: row.seq, after: last });
      for (const chunk of rows) {
        if (room <= 0) return { chunks, done: false };
        chunks.push({ ...chunk, stream: chunk.stream as StreamName });
        room -= chunk.data.length;
      }
      if (rows.length < ROWS) break;
    }
    if (!isFinal(row.status as TaskStatus) || room <= 0) return { chunks, done: false };
    for (const chunk of this.rest(row, report())) {
      if (chunk.seq <= after) continue;
      if (room <= 0) return { chunks, done: false };
      chunks.push(chunk);
      room -= chunk.data.length;
    }
    return { chunks, done: true };
  }

  /** The number of the newest chunk with `bytes` of chunks after it; 0 when there are no more than that. */
  beforeTail(row: TaskRow, bytes: number): number {
    let before = Number.MAX_SAFE_INTEGER;
    for (let room = bytes; ; ) {
      const rows = this.statements.newest.all({ taskSeq: row.seq, before });
      for (const { seq, bytes: size } of rows) {
        if (room <= 0) return seq;
        room -= size;
        before = seq;
      }
      if (rows.length < ROWS) return 0;
    }
  }

  /** What the report holds beyond the chunks, as chunks that follow them. */
  private rest(row: TaskRow, report: ReportedOutput | null): StoredChunk[] {
    if (report === null) return [];
    const { attempt, lastSeq, stdoutBytes, stderrBytes } = this.progressOf(row, row.attempt);
    const at = row.completedAt ?? 0;
    return unstreamed(report, { stdout: stdoutBytes, stderr: stderrBytes }).map((piece, index) => ({
      ...piece,
      seq: lastSeq + 1 + index,
      attempt,
      at,
    }));
  }

  /** How far this attempt has come: the numbers of its chunks begin anew, those of its task go on. */
  private progressOf(row: TaskRow, attempt: number): Progress {
    const known = this.statements.progress.get({ taskSeq: row.seq });
    if (known?.attempt === attempt) return known;
    const { lastSeq = 0, keptBytes = 0, headSeq = 0 } = known ?? {};
    return {
      taskSeq: row.seq,
      attempt,
      nextChunk: 1,
      lastSeq,
      stdoutBytes: 0,
      stderrBytes: 0,
      keptBytes,
      headSeq,
    };
  }

  private store(
    row: TaskRow,
    before: Progress,
    chunks: readonly { stream: StreamName; data: Buffer }[],
    now: Instant,
  ): void {
    const progress = { ...before, nextChunk: before.nextChunk + chunks.length };
    for (const { stream, data } of chunks) {
      progress.lastSeq += 1;
      progress[`${stream}Bytes`] += data.length;
      progress.keptBytes += data.length;
      if (progress.keptBytes <= this.maxKept / 2) progress.headSeq = progress.lastSeq;
      const { taskSeq, attempt, lastSeq: seq } = progress;
      this.statements.insert.run({ taskSeq, seq, attempt, stream, at: now.wall, data });
    }
    this.makeRoom(progress);
    this.statements.saveProgress.run(progress);
    this.engine.announce({ kind: 'output', taskId: row.id });
  }

  /** The oldest after the head go first: the beginning and the newest of an endless output are what people look at. */
  private makeRoom(progress: Progress): void {
    const { taskSeq, headSeq } = progress;
    while (progress.keptBytes > this.maxKept) {
      const oldest = this.statements.oldestAfter.get({ taskSeq, after: headSeq });
      if (!oldest) return;
      this.statements.remove.run({ taskSeq, seq: oldest.seq });
      progress.keptBytes -= oldest.bytes;
    }
  }
}
