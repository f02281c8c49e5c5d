import { readFile } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import { type Break, ChainCheck, parseHeads, type SignedHead } from '#audit-chain';
import type { AuditVerdict } from '#contracts';
import type { Config } from '../config.js';
import { AUDIT_STORE, CONFIG } from '../injection-tokens.js';
import type { AuditExtent, AuditStore } from '../storage/audit-store.js';
import { AuditHeads } from './audit-heads.js';
import { ChainReaders } from './chain-readers.js';

/** Entries that are checked before the event loop is given back. */
const PAGE = 100;
const HEADS_PAGE = 1000;

/** Follows the whole chain of the running server. */
@Injectable()
export class AuditVerification {
  constructor(
    @Inject(AUDIT_STORE) private readonly store: AuditStore,
    @Inject(CONFIG) private readonly config: Config,
    private readonly signing: AuditHeads,
    private readonly readers: ChainReaders,
  ) {}

  /** As far as the chain reaches now. Ends early, with what it has, when `gone` is aborted. */
  verify(gone: AbortSignal): Promise<AuditVerdict> {
    return this.readers.during(async () => {
      const extent = await this.store.extent();
      const { heads, unreadable } = await this.signedHeads();
      const chain = new ChainCheck(heads);
      await this.follow(chain, extent, gone);
      const publicKeys = this.signing.publicKey ? [this.signing.publicKey] : [];
      const { broken, heads: verdict } = chain.finish(publicKeys);
      const first = broken ?? breakAtEnd(extent);
      const { entries, firstSeq, last, checkpoint } = extent;
      return {
        ok: first === null,
        entries,
        firstSeq,
        lastSeq: last?.seq ?? null,
        head: last?.hash ?? null,
        ...first,
        ...(checkpoint ? { checkpoint } : {}),
        ...(heads.length + unreadable > 0 ? { heads: { ...verdict, unreadable } } : {}),
      };
    });
  }

  private async follow(chain: ChainCheck, { last }: AuditExtent, gone: AbortSignal): Promise<void> {
    const through = last?.seq ?? 0;
    for (let after: number | null = Number.MIN_SAFE_INTEGER; after !== null && !gone.aborted; ) {
      const page = await this.store.page({}, { after, through }, PAGE, gone);
      if (!page.entries.every((entry) => chain.follow(entry))) return;
      after = page.next;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Those of the table and those of the file. */
  private async signedHeads(): Promise<{ heads: SignedHead[]; unreadable: number }> {
    const { auditHeadsFile } = this.config;
    const kept: SignedHead[] = [];
    for (let after = 0; ; ) {
      const page = await this.store.heads(after, HEADS_PAGE);
      kept.push(...page);
      if (page.length < HEADS_PAGE) break;
      after = page.at(-1)?.seq ?? after;
    }
    const { heads, unreadable } = parseHeads(auditHeadsFile === null ? '' : await contentOf(auditHeadsFile));
    return { heads: [...kept, ...heads], unreadable };
  }
}

/** This server knows what it has written last: a tail that was cut or replaced under it shows without any signature. */
function breakAtEnd({ last, head }: AuditExtent): Break | null {
  const seq = last?.seq ?? 0;
  if (seq > head.seq) return { brokenAt: head.seq + 1, reason: `entry ${head.seq + 1} was not written by this server` };
  if (seq < head.seq)
    return { brokenAt: seq + 1, reason: `entries from ${seq + 1} on are missing: this server wrote them` };
  if (!last || last.hash === head.hash) return null;
  return { brokenAt: seq, reason: `entry ${seq} is another than the one that this server wrote` };
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // Nothing has been signed yet.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
