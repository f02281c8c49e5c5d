import type Database from 'better-sqlite3';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Actor } from '../../domain/actor.js';
import type { AuditEvent } from '../audit-event.js';
import type { Change, ChangeListener } from '../change-feed.js';
import type { ComposeMessage } from '../webhook-store.js';
import { AuditLog } from './audit-log.js';
import type { OpenDatabase } from './database.js';
import { type Companion, GroupCommit } from './group-commit.js';
import { Outbox } from './outbox.js';
import { SearchIndex } from './search-index.js';
import { asStorageError } from './sqlite-errors.js';
import { TaskCounts } from './task-counts.js';

/** How many pages one transaction gives back: what a sweep frees, and some that were left. */
const FREED_PAGES = 200;

/** What all stores of one database share: its connection, the one writer, the one audit chain, the news of each commit. */
export class Engine {
  readonly db: BetterSQLite3Database;
  readonly connection: Database.Database;
  readonly audit: AuditLog;
  readonly counts: TaskCounts;
  readonly outbox: Outbox;
  readonly taskSearch: SearchIndex;
  readonly auditSearch: SearchIndex;
  private readonly changes = new CollectedChanges();
  private readonly commits: GroupCommit;
  /** The newest entry of the audit that the listener has been told of. */
  private toldSeq: number;

  constructor(
    private readonly database: OpenDatabase,
    private readonly listener: ChangeListener,
    compose: ComposeMessage = JSON.stringify,
  ) {
    this.db = database.db;
    this.connection = database.connection;
    this.audit = new AuditLog(this.db);
    this.toldSeq = this.audit.head.seq;
    this.counts = new TaskCounts(this.db);
    this.outbox = new Outbox(this.db, compose, () => this.announce({ kind: 'delivery' }));
    const companions = [this.audit, this.changes, this.counts, this.outbox];
    this.commits = new GroupCommit(this.connection, companions, () => this.tell());
    this.taskSearch = SearchIndex.ofTasks(this.connection, this.commits);
    this.auditSearch = SearchIndex.ofAudit(this.connection, this.commits);
  }

  /** Runs `work`, which must be synchronous, inside a transaction; answers its value once that is durable. */
  commit<T>(work: () => T): Promise<T> {
    return this.commits.run(() => {
      const value = work();
      this.outbox.write();
      return value;
    });
  }

  /** Inside a transaction: appends `event` to the audit, and has webhooks told that ask for it, or that `webhook` names. */
  record(event: AuditEvent, actor: Actor, at: number, webhook: string | null = null): void {
    this.audit.append(event, actor, at);
    this.outbox.note(event, at, webhook);
  }

  /** Inside a transaction: tells of `change` once it is committed. */
  announce(change: Change): void {
    this.changes.add(change);
  }

  /** Inside a transaction: gives freed pages back to the file system, a bounded piece at a time. */
  shrink(): void {
    this.connection.pragma(`incremental_vacuum(${FREED_PAGES})`);
  }

  /** Runs `look`, and tells what the disk has against it in the words of the ports. */
  read<T>(look: () => T): T {
    try {
      return look();
    } catch (error) {
      throw asStorageError(error);
    }
  }

  private tell(): void {
    this.changes.tell(this.listener);
    const { seq } = this.audit.head;
    if (seq !== this.toldSeq) this.listener({ kind: 'recorded' });
    this.toldSeq = seq;
  }

  /** Commits what waits and closes the file. */
  close(): void {
    this.commits.close();
    this.database.close();
  }
}

/** The changes of the group that is being committed. */
class CollectedChanges implements Companion {
  private collected: Change[] = [];

  add(change: Change): void {
    this.collected.push(change);
  }

  mark(): () => void {
    const { length } = this.collected;
    return () => {
      this.collected.length = length;
    };
  }

  tell(listener: ChangeListener): void {
    const told = this.collected;
    this.collected = [];
    for (const change of told) listener(change);
  }
}
