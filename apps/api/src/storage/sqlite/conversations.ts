import { and, desc, eq, lt, ne, or, sql } from 'drizzle-orm';
import { compiled } from './compiled.js';
import type { Engine } from './engine.js';
import { placeholders } from './placeholders.js';
import { claudeSessions, tasks } from './schema.js';
import type { TaskRow } from './task-rows.js';

const { placeholder } = sql;

/**
 * Claude's conversations: each belongs to the worker that began it and to one folder, and is gone on with by one task at a
 * time. Every method runs inside a transaction.
 */
export class Conversations {
  private readonly statements;

  constructor({ db }: Engine) {
    const ofSession = and(
      sql`session_id IS NOT NULL AND status IN ('pending', 'running')`,
      eq(tasks.sessionId, placeholder('sessionId')),
    );
    this.statements = compiled({
      find: db
        .select()
        .from(claudeSessions)
        .where(eq(claudeSessions.sessionId, placeholder('sessionId')))
        .prepare(),
      enter: db
        .insert(claudeSessions)
        .values({ ...placeholders('sessionId', 'cwd', 'lastActivity'), worker: null, taskCount: 1 })
        .onConflictDoUpdate({
          target: claudeSessions.sessionId,
          set: { lastActivity: sql`excluded.last_activity`, taskCount: sql`task_count + 1` },
        })
        .returning()
        .prepare(),
      hold: db
        .update(claudeSessions)
        .set({ worker: sql`coalesce(worker, ${placeholder('worker')})`, lastActivity: sql`${placeholder('at')}` })
        .where(eq(claudeSessions.sessionId, placeholder('sessionId')))
        .prepare(),
      letGo: db
        .update(claudeSessions)
        .set({ worker: null })
        .where(and(eq(claudeSessions.sessionId, placeholder('sessionId')), eq(claudeSessions.taskCount, 1)))
        .prepare(),
      atWork: db
        .select({ seq: tasks.seq })
        .from(tasks)
        .where(
          and(ofSession, ne(tasks.seq, placeholder('except')), or(eq(tasks.status, 'running'), sql`blocked IS NULL`)),
        )
        .limit(1)
        .prepare(),
      next: db
        .select()
        .from(tasks)
        .where(and(ofSession, eq(tasks.blocked, 'session')))
        .orderBy(sql`priority DESC`, tasks.seq)
        .limit(1)
        .prepare(),
      page: db
        .select()
        .from(claudeSessions)
        .where(lt(claudeSessions.lastActivity, placeholder('before')))
        .orderBy(desc(claudeSessions.lastActivity))
        .limit(placeholder('limit'))
        .prepare(),
      removeIdle: db
        .delete(claudeSessions)
        .where(lt(claudeSessions.lastActivity, placeholder('before')))
        .prepare(),
    });
  }

  /** A further task of the conversation has come. Answers where it lives; it begins in `cwd` when it is new. */
  enter(sessionId: string, cwd: string | null, at: number): { worker: string | null; cwd: string | null } {
    return this.statements.enter.get({ sessionId, cwd, lastActivity: at });
  }

  /** The worker that holds the conversation, if any does. */
  holderOf(sessionId: string): string | null {
    return this.statements.find.get({ sessionId })?.worker ?? null;
  }

  claimedBy(sessionId: string, worker: string | null, at: number): void {
    this.statements.hold.run({ sessionId, worker, at });
  }

  /** The hand-out never arrived: a conversation that it would have begun is nowhere yet. */
  notBegun(sessionId: string): void {
    this.statements.letGo.run({ sessionId });
  }

  /** Whether a task of the conversation other than the one of `seq` runs, or may be handed out any moment. */
  isAtWork(sessionId: string, except: number): boolean {
    return this.statements.atWork.get({ sessionId, except }) !== undefined;
  }

  /** Which of the tasks that wait for their turn is the next. */
  nextOf(sessionId: string): TaskRow | undefined {
    return this.statements.next.get({ sessionId });
  }

  newest(limit: number) {
    return this.statements.page.all({ before: Number.MAX_SAFE_INTEGER, limit });
  }

  removeIdleSince(before: number): void {
    this.statements.removeIdle.run({ before });
  }
}
