import { AUDIT_ACTION_NAMES, AUDIT_OUTCOMES, type AuditAction, type AuditOutcome, LIMITS } from '#contracts';
import { instantOf, textOf } from './task-search.js';

/** The filters of the audit, as its address carries them; they are those of the API. */
export interface AuditSearch {
  action?: AuditAction;
  actor?: string;
  taskId?: string;
  outcome?: AuditOutcome;
  /** Milliseconds since the epoch, both included. */
  from?: number;
  to?: number;
  q?: string;
}

/** What does not fit is left out: an address may have been typed or be of another version. */
export function parseAuditSearch(search: Record<string, unknown>): AuditSearch {
  return {
    action: AUDIT_ACTION_NAMES.find((action) => action === search.action),
    actor: textOf(search.actor),
    taskId: textOf(search.taskId),
    outcome: AUDIT_OUTCOMES.find((outcome) => outcome === search.outcome),
    from: instantOf(search.from),
    to: instantOf(search.to),
    q: textOf(search.q)?.slice(0, LIMITS.searchLength),
  };
}
