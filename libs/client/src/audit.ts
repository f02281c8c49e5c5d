import type { AuditAction, AuditOutcome, AuditRecord, AuditVerdict } from '#contracts';
import type { CallOptions, Page, PageOptions } from './tasks.js';
import type { Transport } from './transport.js';

export interface AuditFilter {
  action?: AuditAction;
  actor?: string;
  taskId?: string;
  outcome?: AuditOutcome;
  from?: number;
  to?: number;
  q?: string;
}

/** Checking every entry of a long history takes a while. */
const VERIFY_PATIENCE_MS = 600_000;

export class Audit {
  constructor(private readonly transport: Transport) {}

  list(filter: AuditFilter = {}, { limit, cursor, signal }: PageOptions = {}): Promise<Page<AuditRecord>> {
    return this.transport.json({ path: '/audit', query: { ...filter, limit, cursor }, signal });
  }

  verify({ signal }: CallOptions = {}): Promise<AuditVerdict> {
    return this.transport.json({ path: '/audit/verify', signal, patience: VERIFY_PATIENCE_MS });
  }

  /** Newline-delimited JSON, oldest entry first. */
  export(filter: AuditFilter = {}, { signal }: CallOptions = {}): Promise<Response> {
    const headers = { Accept: 'application/x-ndjson' };
    return this.transport.send({ path: '/audit/export', query: { ...filter }, headers, signal });
  }
}
