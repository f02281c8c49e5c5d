import type { KeyObject } from 'node:crypto';
import {
  type AuditCheckpoint,
  type AuditEntry,
  type AuditHead,
  checkpointOf,
  EMPTY_CHAIN,
  hashEntry,
  type SignedHead,
} from './chain.js';
import { isSignedBy, keyIdOf } from './signed-head.js';

/** The first place at which the chain is not what was written: `brokenAt` is a seq, `reason` a sentence. */
export interface Break {
  brokenAt: number;
  reason: string;
}

/** What the signed heads say, by count. */
export interface HeadsVerdict {
  /** Compared with the chain. */
  checked: number;
  /** Below the first entry: retention has removed what they vouch for. */
  skipped: number;
  /** Signed before a restore, above the point that it went back to. */
  setAside: number;
  /** Signed with a key that is not at hand: compared by their hashes alone. */
  unknownKey: number;
}

/** Follows a chain from its first entry on, one after the other; the first break ends it. */
export class ChainCheck {
  private first: AuditEntry | null = null;
  private last: AuditHead | null = null;
  private checkpoint: AuditCheckpoint | null = null;
  private broken: Break | null = null;
  private readonly restores: { epoch: number; restoredSeq: number }[] = [];
  private readonly signed = new Map<number, SignedHead[]>();
  private readonly contradicted: SignedHead[] = [];
  entries = 0;

  private readonly heads: readonly SignedHead[];

  /** `heads` are compared with the entries that they were signed for; the same one may come from many places. */
  constructor(heads: readonly SignedHead[] = []) {
    this.heads = [...new Map(heads.map((head) => [JSON.stringify(head), head])).values()];
    for (const head of this.heads) this.signed.set(head.seq, [...(this.signed.get(head.seq) ?? []), head]);
  }

  get firstSeq(): number | null {
    return this.first?.seq ?? null;
  }

  get head(): AuditHead | null {
    return this.last;
  }

  /** The newest checkpoint of what has been followed. */
  get newestCheckpoint(): AuditCheckpoint | null {
    return this.checkpoint;
  }

  /** Takes the next entry; false once the chain is broken. */
  follow(entry: AuditEntry): boolean {
    this.broken ??= this.breakAt(entry);
    if (this.broken) return false;
    this.first ??= entry;
    this.last = { seq: entry.seq, hash: entry.hash };
    this.entries++;
    this.note(entry);
    return true;
  }

  /** What comes next cannot be read as an entry at all; `reason` says why. */
  giveUp(reason: string): void {
    this.broken ??= { brokenAt: (this.last?.seq ?? 0) + 1, reason };
  }

  /** The chain has no further entry: tells what is wrong with it as a whole, or with what was signed of it. */
  finish(publicKeys: readonly KeyObject[] = []): { broken: Break | null; heads: HeadsVerdict } {
    const { verdict, broken } = this.checkHeads(publicKeys);
    const first = this.broken ?? this.breakAtStart();
    // What is wrong with an entry says more than the head that was signed after it.
    return { broken: first ?? broken, heads: verdict };
  }

  private breakAt(entry: AuditEntry): Break | null {
    const { seq, prevHash } = entry;
    const expected = this.last ? this.last.seq + 1 : seq;
    if (seq > expected) return missing(expected, seq - 1);
    if (seq < expected || seq < 1)
      return { brokenAt: seq, reason: `entry ${seq} stands where ${Math.max(1, expected)} belongs` };
    if (this.last && prevHash !== this.last.hash) {
      return { brokenAt: seq, reason: `entry ${seq} does not follow from entry ${seq - 1}: its prevHash is another` };
    }
    const { hash, ...content } = entry;
    if (hashOf(content) === hash) return null;
    return { brokenAt: seq, reason: `entry ${seq} is not what was written: its content does not have its hash` };
  }

  /** The first entry must be the very first, or follow from what a checkpoint says was removed. */
  private breakAtStart(): Break | null {
    const { first, checkpoint } = this;
    if (!first) return null;
    const covered = checkpoint?.removedThrough ?? 0;
    if (first.seq > covered + 1) return missing(covered + 1, first.seq - 1);
    const before = first.seq === 1 ? EMPTY_CHAIN.hash : checkpoint?.hash;
    const isAnchored = first.seq === 1 || first.seq === covered + 1;
    if (!isAnchored || first.prevHash === before) return null;
    return { brokenAt: first.seq, reason: `entry ${first.seq} does not follow from what was there before it` };
  }

  private note({ seq, hash, action, detail }: AuditEntry): void {
    if (action === 'audit.checkpoint') this.checkpoint = checkpointOf(detail) ?? this.checkpoint;
    if (action === 'server.restored') {
      const { epoch, restoredSeq } = detail as { epoch: number; restoredSeq: number };
      this.restores.push({ epoch, restoredSeq });
    }
    for (const head of this.signed.get(seq) ?? []) if (head.hash !== hash) this.contradicted.push(head);
  }

  private checkHeads(publicKeys: readonly KeyObject[]): { verdict: HeadsVerdict; broken: Break | null } {
    const keys = new Map(publicKeys.map((key) => [keyIdOf(key), key]));
    const verdict = { checked: 0, skipped: 0, setAside: 0, unknownKey: 0 };
    const breaks: Break[] = [];
    const contradicted = new Set(this.contradicted);
    for (const head of this.heads) {
      const key = keys.get(head.keyId);
      if (!key) verdict.unknownKey++;
      if (key && !isSignedBy(key, head)) {
        breaks.push({ brokenAt: head.seq, reason: `the head at ${head.seq} does not have a valid signature` });
      } else if (this.isSetAside(head)) verdict.setAside++;
      else if (head.seq < (this.first?.seq ?? 0)) verdict.skipped++;
      else {
        verdict.checked++;
        const broken = this.breakOf(head, contradicted.has(head));
        if (broken) breaks.push(broken);
      }
    }
    return { verdict, broken: breaks.reduce<Break | null>(earlier, null) };
  }

  private breakOf(head: SignedHead, contradicted: boolean): Break | null {
    const end = this.last?.seq ?? 0;
    const signed = `the head that was signed at ${head.seq}`;
    if (head.seq > end)
      return { brokenAt: end + 1, reason: `entries from ${end + 1} on are missing: ${signed} knew them` };
    if (!contradicted) return null;
    return { brokenAt: head.seq, reason: `${signed} had another hash: the chain was rewritten there or before` };
  }

  /** A restore went back to before this head: what it knew was given up in the open. */
  private isSetAside({ seq, epoch }: SignedHead): boolean {
    return this.restores.some((restore) => epoch < restore.epoch && seq > restore.restoredSeq);
  }
}

function missing(from: number, to: number): Break {
  const which = from === to ? `entry ${from} is` : `entries ${from} to ${to} are`;
  return { brokenAt: from, reason: `${which} missing, and no checkpoint covers that` };
}

function earlier(a: Break | null, b: Break): Break {
  return a && a.brokenAt <= b.brokenAt ? a : b;
}

function hashOf(content: Omit<AuditEntry, 'hash'>): string | null {
  try {
    return hashEntry(content);
  } catch {
    // What has no canonical form was not written by the server.
    return null;
  }
}
