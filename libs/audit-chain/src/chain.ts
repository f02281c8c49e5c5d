import { createHash } from 'node:crypto';
import { canonicalize } from 'json-canonicalize';

/** What happened, before it has its place in the chain. */
export interface ChainEvent {
  /** `noun.verb`. */
  action: string;
  target: string | null;
  taskId: string | null;
  outcome: 'success' | 'failure' | 'denied';
  detail: Record<string, unknown>;
}

/** Who made it happen, and from where. */
export interface ChainActor {
  id: string;
  name: string;
  role: string;
  ip: string | null;
  userAgent: string | null;
  requestId: string | null;
}

/** One link of the audit chain. `at` is milliseconds since the Unix epoch; hashes are 64 lower-case hex digits. */
export interface AuditEntry extends ChainEvent {
  seq: number;
  at: number;
  actor: { id: string; name: string; role: string };
  ip: string | null;
  userAgent: string | null;
  requestId: string | null;
  prevHash: string;
  hash: string;
}

/** Where the chain stands. */
export interface AuditHead {
  seq: number;
  hash: string;
}

/** What retention has removed: all entries up to `removedThrough`, whose hash was `hash`. */
export interface AuditCheckpoint {
  removedThrough: number;
  hash: string;
}

/** A head that was signed with `AUDIT_SIGNING_KEY`. */
export interface SignedHead extends AuditHead {
  /** When it was signed, in wall-clock milliseconds. */
  at: number;
  /** How many restores the installation had gone through. */
  epoch: number;
  /** The first 16 hex digits of the SHA-256 of the public key in DER. */
  keyId: string;
  /** Ed25519, in base64, over the RFC 8785 canonical JSON of the other fields. */
  signature: string;
}

export const EMPTY_CHAIN: AuditHead = { seq: 0, hash: '0'.repeat(64) };

/** SHA-256 over the RFC 8785 canonical JSON of the entry without its own hash; `prevHash` ties it to the one before. */
export function hashEntry(entry: Omit<AuditEntry, 'hash'>): string {
  return createHash('sha256').update(canonicalize(entry)).digest('hex');
}

export function linkEntry(head: AuditHead, event: ChainEvent, actor: ChainActor, at: number): AuditEntry {
  const entry = {
    seq: head.seq + 1,
    at,
    actor: { id: actor.id, name: actor.name, role: actor.role },
    ip: actor.ip,
    userAgent: actor.userAgent,
    requestId: actor.requestId,
    ...event,
    prevHash: head.hash,
  };
  return { ...entry, hash: hashEntry(entry) };
}

/** What the detail of an `audit.checkpoint` says, if it says it as the server does. */
export function checkpointOf({ removedThrough, hash }: Record<string, unknown>): AuditCheckpoint | null {
  if (!Number.isSafeInteger(removedThrough) || typeof hash !== 'string') return null;
  return { removedThrough: removedThrough as number, hash };
}
