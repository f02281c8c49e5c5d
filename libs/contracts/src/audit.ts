/**
 * Every action that the audit knows, with what it tells; `docs/audit.md` lists the same, and a test holds the two and the
 * code together.
 */
export const AUDIT_ACTIONS = {
  'task.submitted': { meaning: 'A task was accepted' },
  'task.claimed': { meaning: 'A worker was handed an attempt' },
  'task.released': { meaning: 'A hand-out never arrived; the task waits again' },
  'task.completed': { meaning: 'It ended with exit code 0' },
  'task.failed': { meaning: 'It ended otherwise' },
  'task.timed_out': { meaning: 'It ran for too long, or was silent for too long' },
  'task.cancel_requested': { meaning: 'Its worker was asked to end it' },
  'task.cancelled': { meaning: 'It ended because somebody wanted it to' },
  'task.expired': { meaning: 'No worker took it in time' },
  'task.lost': { meaning: 'Its worker vanished; the outcome is unknown' },
  'task.revived': { meaning: 'The worker of a lost attempt came back with it' },
  'task.retried': { meaning: 'Its input was submitted once more, as a new task' },
  'task.deleted': { meaning: 'It was removed with its output' },
  'schedule.created': { meaning: 'A schedule was made' },
  'schedule.updated': { meaning: 'A schedule was changed, paused or resumed' },
  'schedule.deleted': { meaning: 'A schedule was removed' },
  'schedule.fired': { meaning: 'A schedule made a task' },
  'schedule.skipped': { meaning: 'A fire made no task; the detail says why' },
  'token.created': { meaning: 'A token was made' },
  'token.revoked': { meaning: 'A token was ended' },
  'token.rotated': { meaning: 'A token got a new secret' },
  'auth.failed': { meaning: 'A call came without a valid token' },
  'auth.forbidden': { meaning: "A token's role did not cover the call" },
  'rate.limited': { meaning: 'A token or an address made too many calls' },
  'worker.registered': { meaning: 'A worker is known, or back online' },
  'worker.drained': { meaning: 'A worker is to take nothing new' },
  'worker.resumed': { meaning: 'A worker may take tasks again' },
  'worker.offline': { meaning: 'A worker left, or was not heard of any more' },
  'webhook.created': { meaning: 'A standing webhook was made' },
  'webhook.updated': {
    meaning: 'A webhook was changed, paused or resumed, got a new secret, or was sent something by hand',
  },
  'webhook.deleted': { meaning: 'A webhook was removed, with what waited for it' },
  'webhook.delivered': { meaning: 'A receiver took a message' },
  'webhook.failed': { meaning: 'A receiver did not take a message, which is given up' },
  'webhook.disabled': { meaning: 'The server gave a webhook up; the detail says why' },
  'notification.sent': { meaning: 'A message was posted to a channel of Discord' },
  'artifact.stored': { meaning: 'A file of a task was kept' },
  'audit.read': { meaning: 'The audit was listed or verified' },
  'audit.exported': { meaning: 'The audit was exported: one entry at the start, one with the count at the end' },
  'audit.checkpoint': { meaning: 'Old entries are removed; it names the last of them' },
  'retention.swept': { meaning: 'Old tasks were removed' },
  'server.started': { meaning: 'The server started' },
  'server.stopped': { meaning: 'The server stopped in order' },
  'server.restored': { meaning: 'A backup was restored; entries above `restoredSeq` were given up' },
} as const satisfies Record<string, { meaning: string }>;

export type AuditAction = keyof typeof AUDIT_ACTIONS;
export const AUDIT_ACTION_NAMES = Object.keys(AUDIT_ACTIONS) as AuditAction[];

export const AUDIT_OUTCOMES = ['success', 'failure', 'denied'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** One entry of the audit. `at` is milliseconds since the Unix epoch; hashes are 64 lower-case hex digits. */
export interface AuditRecord {
  seq: number;
  at: number;
  actor: { id: string; name: string; role: string };
  ip: string | null;
  userAgent: string | null;
  requestId: string | null;
  action: string;
  target: string | null;
  taskId: string | null;
  outcome: AuditOutcome;
  detail: Record<string, unknown>;
  prevHash: string;
  hash: string;
}

/** What verifying the chain has found. */
export interface AuditVerdict {
  ok: boolean;
  entries: number;
  firstSeq: number | null;
  lastSeq: number | null;
  /** The hash of the last entry. */
  head: string | null;
  /** The `seq` at which the chain is first not what was written; only when it is not `ok`, as is `reason`. */
  brokenAt?: number;
  reason?: string;
  /** What retention has removed. */
  checkpoint?: { removedThrough: number; hash: string };
  /** What the signed heads say, by count; only when there are any. */
  heads?: AuditHeadsVerdict;
}

export interface AuditHeadsVerdict {
  /** Compared with the chain. */
  checked: number;
  /** Of what retention has removed. */
  skipped: number;
  /** Of what a restore has given up. */
  setAside: number;
  /** Signed with a key that is not at hand: compared by their hashes alone. */
  unknownKey: number;
  /** Lines that are no heads. */
  unreadable: number;
}
