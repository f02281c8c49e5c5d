import type Database from 'better-sqlite3';
import { StorageUnavailable } from '../errors.js';
import { asStorageError } from './sqlite-errors.js';

interface Job {
  work: () => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
}

/** State kept beside the database that must go back with it when work is undone. */
export interface Companion {
  /** Remembers where it stands, and answers how to return there. */
  mark(): () => void;
  /** Writes what it has gathered, as the last thing inside the transaction. */
  settle?(): void;
}

/** How many calls may share one commit: bounds how long the event loop is held. */
const GROUP_SIZE = 128;

/**
 * Commits the writes that arrive in the same turn of the event loop together, so that they share one fsync; a lone call
 * commits at once. Each call is a savepoint of its own: one that fails does not undo its neighbours. A promise resolves
 * after COMMIT has returned, never before.
 */
export class GroupCommit {
  private readonly waiting: Job[] = [];
  private scheduled = false;
  private closed = false;
  private readonly statements;

  constructor(
    private readonly connection: Database.Database,
    private readonly companions: readonly Companion[],
    /** Called after every commit, before its promises resolve. */
    private readonly committed: () => void = () => undefined,
  ) {
    this.statements = {
      begin: connection.prepare('BEGIN IMMEDIATE'),
      commit: connection.prepare('COMMIT'),
      rollback: connection.prepare('ROLLBACK'),
      save: connection.prepare('SAVEPOINT job'),
      release: connection.prepare('RELEASE job'),
      undo: connection.prepare('ROLLBACK TO job'),
    };
  }

  /** Runs `work`, which must be synchronous, inside a transaction; answers its value once that is durable. */
  run<T>(work: () => T): Promise<T> {
    if (this.closed) return Promise.reject(new StorageUnavailable('the storage is closed'));
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({ work, resolve, reject });
      this.schedule();
    });
  }

  /** Commits what waits and takes no more. */
  close(): void {
    while (this.waiting.length > 0) this.commitGroup();
    this.closed = true;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    // After the I/O phase of this turn: every request that has arrived by then is in the group.
    setImmediate(() => {
      this.scheduled = false;
      this.commitGroup();
      if (this.waiting.length > 0) this.schedule();
    });
  }

  private commitGroup(): void {
    const group = this.waiting.splice(0, GROUP_SIZE);
    if (group.length === 0) return;
    const undo = this.mark();
    const settle: (() => void)[] = [];
    try {
      this.statements.begin.run();
      for (const job of group) settle.push(this.runJob(job));
      for (const companion of this.companions) companion.settle?.();
      this.statements.commit.run();
    } catch (error) {
      undo();
      if (this.connection.inTransaction) this.statements.rollback.run();
      const failure = asStorageError(error);
      for (const job of group) job.reject(failure);
      return;
    }
    this.committed();
    for (const done of settle) done();
  }

  private mark(): () => void {
    const undo = this.companions.map((companion) => companion.mark());
    return () => {
      for (const back of undo) back();
    };
  }

  private runJob({ work, resolve, reject }: Job): () => void {
    const undo = this.mark();
    this.statements.save.run();
    try {
      const value = work() as never;
      this.statements.release.run();
      return () => resolve(value);
    } catch (error) {
      // A full disk may have ended the whole transaction: then nobody's work is kept.
      if (!this.connection.inTransaction) throw error;
      undo();
      this.statements.undo.run();
      this.statements.release.run();
      return () => reject(asStorageError(error));
    }
  }
}
