import type { AuditFilterDto } from '#contracts/dto';
import type { AuditFilter } from '../storage/audit-store.js';

/** The filter of a query, holding what it names and nothing else: this is also what the audit tells of the query. */
export function filterOf({ action, actor, taskId, outcome, from, to, q }: AuditFilterDto): AuditFilter {
  return {
    ...(action === undefined ? {} : { action }),
    ...(actor === undefined ? {} : { actor }),
    ...(taskId === undefined ? {} : { taskId: taskId.toLowerCase() }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(from === undefined ? {} : { from: Number(from) }),
    ...(to === undefined ? {} : { to: Number(to) }),
    ...(q === undefined ? {} : { q }),
  };
}
