import type { AuditCheckpoint, AuditEntry, AuditHead, SignedHead } from '#audit-chain';
import type { Actor } from '../domain/actor.js';
import type { Instant } from '../domain/clock.js';
import type { AuditEvent } from './audit-event.js';

/** What an entry must have to be found; all that is named must hold. */
export interface AuditFilter {
  action?: string;
  /** The id or the name of who acted. */
  actor?: string;
  taskId?: string;
  outcome?: AuditEvent['outcome'];
  /** Wall-clock milliseconds, both inclusive. */
  from?: number;
  to?: number;
  /** Words that must all occur; at least one has a letter or a digit. */
  q?: string;
}

export interface AuditPage {
  entries: AuditEntry[];
  /** Where the next page begins; null on the last. */
  next: number | null;
}

/** What is there of the chain. */
export interface AuditExtent {
  entries: number;
  firstSeq: number | null;
  /** The entry that stands last in the file. */
  last: AuditHead | null;
  /** Where the server that writes the chain knows it to end: the same, unless somebody else has written. */
  head: AuditHead;
  /** The newest checkpoint: what retention has removed. */
  checkpoint: AuditCheckpoint | null;
}

/**
 * The audit on its own: what is recorded without a change of anything else, and what is read of it. Long walks give the
 * event loop back every few milliseconds and end early, with what they have, once `signal` is aborted.
 */
export interface AuditStore {
  /** Records something that happened; what changes data records itself, in its own transaction. */
  record(event: AuditEvent, actor: Actor, now: Instant): Promise<void>;
  /** At most `limit` entries before `before`, newest first; fewer when they are large. */
  list(filter: AuditFilter, limit: number, before: number | null, signal?: AbortSignal): Promise<AuditPage>;
  /** At most `limit` entries after `after` and up to `through`, oldest first; fewer when they are large. */
  page(
    filter: AuditFilter,
    span: { after: number; through: number },
    limit: number,
    signal?: AbortSignal,
  ): Promise<AuditPage>;
  /** The newest entry. */
  head(): Promise<AuditHead>;
  extent(): Promise<AuditExtent>;
  /** Records that all entries before the first that is not older than `wall` are removed; null when there are none. */
  checkpoint(wall: number, now: Instant): Promise<AuditCheckpoint | null>;
  /** Removes at most `limit` entries that a checkpoint covers, and the heads that were signed before what is left. */
  removeCovered(limit: number): Promise<number>;
  /** How many restores this installation has gone through. */
  epoch(): Promise<number>;
  saveHead(head: SignedHead): Promise<void>;
  /** At most `limit` signed heads after `after`, oldest first. */
  heads(after: number, limit: number): Promise<SignedHead[]>;
}
