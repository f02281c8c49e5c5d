import type { KeyObject } from 'node:crypto';
import type { AuditVerdict } from '#contracts';
import type { SignedHead } from '../storage/audit-chain.js';
import { ChainCheck } from '../storage/audit-check.js';
import type { AuditFile } from '../storage/audit-file.js';

/** Signed heads from elsewhere, and the public keys that are trusted. */
export interface Evidence {
  heads: readonly SignedHead[];
  /** Lines that are no heads. */
  unreadable: number;
  publicKeys: readonly KeyObject[];
}

/** Follows the chain of a database or an export, on any machine. */
export async function verifyFile(file: AuditFile, evidence: Evidence): Promise<AuditVerdict> {
  const { unreadable, publicKeys } = evidence;
  const heads = [...file.heads(), ...evidence.heads];
  const chain = new ChainCheck(heads);
  for await (const entry of file.entries()) {
    if (typeof entry === 'string') chain.giveUp(entry);
    if (typeof entry === 'string' || !chain.follow(entry)) break;
  }
  const { broken, heads: verdict } = chain.finish(publicKeys);
  const { head, newestCheckpoint: checkpoint } = chain;
  return {
    ok: broken === null,
    entries: chain.entries,
    firstSeq: chain.firstSeq,
    lastSeq: head?.seq ?? null,
    head: head?.hash ?? null,
    ...broken,
    ...(checkpoint ? { checkpoint } : {}),
    ...(heads.length + unreadable > 0 ? { heads: { ...verdict, unreadable } } : {}),
  };
}
