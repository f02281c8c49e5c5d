import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { AuditRecord, AuditVerdict } from '#contracts';
import { restAfter } from '../background-work.js';
import type { Clock } from '../domain/clock.js';
import type { Call } from '../http/call.js';
import { ApiError } from '../http/problem.js';
import { AUDIT_STORE, CLOCK } from '../injection-tokens.js';
import type { AuditEvent } from '../storage/audit-event.js';
import type { AuditFilter, AuditStore } from '../storage/audit-store.js';
import { AuditVerification } from './audit-verification.js';
import { ChainReaders } from './chain-readers.js';

const EXPORT_PAGE = 200;

/** Reads the audit for people. What is read is in the audit before it is answered: without that there is no answer. */
@Injectable()
export class AuditService {
  constructor(
    @Inject(AUDIT_STORE) private readonly store: AuditStore,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly verification: AuditVerification,
    private readonly readers: ChainReaders,
  ) {}

  async list(
    filter: AuditFilter,
    limit: number,
    before: number | null,
    call: Call,
  ): Promise<{ items: AuditRecord[]; next: number | null }> {
    const { entries, next } = await this.store.list(filter, limit, before, call.gone);
    refuseWhoHasGone(call);
    await this.record(call, 'audit.read', '/audit', { filters: filter, count: entries.length });
    return { items: entries, next };
  }

  async verify(call: Call): Promise<AuditVerdict> {
    const verdict = await this.verification.verify(call.gone);
    refuseWhoHasGone(call);
    const { ok, entries, lastSeq, brokenAt } = verdict;
    const found = { ok, entries, lastSeq, ...(brokenAt === undefined ? {} : { brokenAt }) };
    await this.record(call, 'audit.read', '/audit/verify', found);
    return verdict;
  }

  /**
   * Writes what fits `filter` as NDJSON, oldest first, up to the entry that is newest now. `begin` is called once the
   * export is in the audit. The output is ended only when its count is in the audit as well.
   */
  async export(filter: AuditFilter, call: Call, output: Writable, begin: () => void): Promise<void> {
    const through = (await this.store.extent()).head.seq;
    await this.record(call, 'audit.exported', '/audit/export', { filters: filter, through });
    begin();
    const { count, complete } = await this.readers.during(() => this.write(filter, through, output, call.gone));
    await this.record(call, 'audit.exported', '/audit/export', { filters: filter, through, count, complete });
    if (complete) output.end();
    else output.destroy();
  }

  private async write(filter: AuditFilter, through: number, output: Writable, gone: AbortSignal) {
    let count = 0;
    for (let after: number | null = 0; after !== null; ) {
      const began = performance.now();
      const page = await this.store.page(filter, { after, through }, EXPORT_PAGE, gone);
      if (gone.aborted) return { count, complete: false };
      const room = output.write(page.entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
      count += page.entries.length;
      // Half of the time is for the requests of others. The time that the caller's network takes is theirs anyway.
      await restAfter(began, 1);
      if (!room && output.writableNeedDrain) await once(output, 'drain', { signal: gone }).catch(() => undefined);
      after = page.next;
    }
    return { count, complete: !gone.aborted };
  }

  private record(
    { actor }: Call,
    action: AuditEvent['action'],
    target: string,
    detail: Record<string, unknown>,
  ): Promise<void> {
    return this.store.record({ action, target, taskId: null, outcome: 'success', detail }, actor, this.clock.now());
  }
}

/** What was read only in part is no answer, whoever might still get it. */
function refuseWhoHasGone({ gone }: Call): void {
  if (!gone.aborted) return;
  throw gone.reason instanceof ApiError ? gone.reason : new ApiError('bad_request', 'the caller has gone');
}
