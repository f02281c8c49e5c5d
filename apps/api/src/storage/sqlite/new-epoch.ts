import Database from 'better-sqlite3';
import { eq, sql } from 'drizzle-orm';
import type { AuditHead } from '#audit-chain';
import { SYSTEM } from '../../domain/actor.js';
import type { OpenDatabase } from './database.js';
import { Engine } from './engine.js';
import { installation, schedules, tasks, webhookDeliveries, workers } from './schema.js';

/** Where a restored database comes from. */
export interface Restoration {
  /** Name of the backup's file. */
  backup: string;
  /** The epoch of the database that is replaced; 0 when there is none, or it cannot be read. */
  epochBefore: number;
  /** Where the backup's audit is not what was written, if the operator takes it nevertheless. */
  auditBrokenAt: number | null;
  /** Wall-clock milliseconds. */
  at: number;
}

export interface NewEpoch {
  epoch: number;
  restored: AuditHead;
  /** Waiting tasks, which are held now. */
  held: number;
  /** Tasks that were running, which their workers may still report. */
  running: number;
  /** Schedules that go on from the next start of the server. */
  schedules: number;
  /** Tokens of the backup: those that were revoked since are valid again. */
  tokens: number;
}

/**
 * Makes a database that was copied from a backup fit to go on from, in one transaction: nothing that may have been done
 * after the backup is done again by itself. Closes it.
 */
export async function beginEpoch(database: OpenDatabase, restoration: Restoration): Promise<NewEpoch> {
  const engine = new Engine(database, () => undefined);
  try {
    return await engine.commit(() => {
      const restored = engine.audit.head;
      const epoch = nextEpoch(engine, restoration.epochBefore);
      const begun = { epoch, restored, ...holdBack(engine), tokens: countTokens(engine) };
      record(engine, begun, restoration);
      return begun;
    });
  } finally {
    engine.close();
  }
}

function nextEpoch({ db }: Engine, epochBefore: number): number {
  const known = db.select().from(installation).where(eq(installation.id, 1)).get()?.epoch ?? 0;
  // The same backup may have been restored before: its attempts must not be numbered as those were.
  const epoch = Math.max(known, epochBefore) + 1;
  db.insert(installation)
    .values({ id: 1, epoch })
    .onConflictDoUpdate({ target: installation.id, set: { epoch } })
    .run();
  return epoch;
}

function holdBack({ db }: Engine): Pick<NewEpoch, 'held' | 'running' | 'schedules'> {
  // Without its lease a task that was to be retried cannot go on by an old attempt, past the operator.
  const held = db.update(tasks).set({ blocked: 'held', leaseToken: null }).where(eq(tasks.status, 'pending')).run();
  const running = db
    .update(tasks)
    .set({
      // Whatever comes of it, it was the last attempt: a further one may have been made after the backup.
      tries: sql`max(tries, max_attempts)`,
      // A hand-out that no poll had listed yet would be taken for one that never arrived, and be made again.
      leaseListed: sql`CASE WHEN lease_worker_id IS NULL THEN NULL ELSE 1 END`,
    })
    .where(eq(tasks.status, 'running'))
    .run();
  db.update(workers).set({ online: false, draining: false }).run();
  // Most of them were taken after the backup: whoever needs one has it sent again.
  db.update(webhookDeliveries)
    .set({ state: 'failed', nextAttemptAt: null, error: 'given up by a restore: send it again if it is needed' })
    .where(eq(webhookDeliveries.state, 'pending'))
    .run();
  // The server computes it anew when it starts: what was missed until then does not fire.
  const waiting = db.update(schedules).set({ nextFireAt: null }).where(eq(schedules.enabled, true)).run();
  return { held: held.changes, running: running.changes, schedules: waiting.changes };
}

function countTokens({ db }: Engine): number {
  return db.get<{ count: number }>(sql`SELECT count(*) AS count FROM tokens`).count;
}

function record(engine: Engine, begun: NewEpoch, { backup, auditBrokenAt, at }: Restoration): void {
  const { epoch, restored, held, running } = begun;
  const broken = auditBrokenAt === null ? {} : { auditBrokenAt };
  const detail = { epoch, restoredSeq: restored.seq, backup, held, running, ...broken };
  const event = { action: 'server.restored', target: null, taskId: null, outcome: 'success', detail } as const;
  engine.audit.append(event, SYSTEM, at);
}

/** The epoch of the database at `path`; 0 when there is none, or it cannot be read. */
export function epochOf(path: string): number {
  let connection: Database.Database | undefined;
  try {
    connection = new Database(path, { readonly: true, fileMustExist: true });
    return Number(connection.prepare('SELECT epoch FROM installation WHERE id = 1').pluck().get() ?? 0);
  } catch {
    // It may be gone, damaged or from before there were epochs: what is known of it is nothing.
    return 0;
  } finally {
    connection?.close();
  }
}
