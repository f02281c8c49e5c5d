import type { ChainEvent } from '#audit-chain';

/** What the audit tells of, as `noun.verb`; `#contracts` has a sentence for each. */
export type AuditAction =
  | `task.${'submitted' | 'claimed' | 'released' | 'revived' | 'retried' | 'deleted'}`
  | `task.${'completed' | 'failed' | 'timed_out' | 'cancel_requested' | 'cancelled' | 'expired' | 'lost'}`
  | `schedule.${'created' | 'updated' | 'deleted' | 'fired' | 'skipped'}`
  | `token.${'created' | 'revoked' | 'rotated'}`
  | `auth.${'failed' | 'forbidden'}`
  | 'rate.limited'
  | `worker.${'registered' | 'drained' | 'resumed' | 'offline'}`
  | `webhook.${'created' | 'updated' | 'deleted' | 'delivered' | 'failed' | 'disabled'}`
  | 'notification.sent'
  | 'artifact.stored'
  | `audit.${'read' | 'exported' | 'checkpoint'}`
  | 'retention.swept'
  | `server.${'started' | 'stopped' | 'restored'}`;

/** What happened, before it has its place in the chain. */
export interface AuditEvent extends ChainEvent {
  action: AuditAction;
}
