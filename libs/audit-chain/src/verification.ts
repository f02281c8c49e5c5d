import type { AuditVerdict } from '#contracts';
import type { AuditFile } from './audit-file.js';
import { ChainCheck } from './chain-check.js';
import type { Evidence } from './evidence.js';

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
