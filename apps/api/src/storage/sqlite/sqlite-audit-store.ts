import type { Actor } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import type { AuditEvent } from '../audit-chain.js';
import type { AuditStore } from '../audit-store.js';
import type { Engine } from './engine.js';

export class SqliteAuditStore implements AuditStore {
  constructor(private readonly engine: Engine) {}

  record(event: AuditEvent, actor: Actor, now: Instant): Promise<void> {
    return this.engine.commit(() => this.engine.audit.append(event, actor, now.wall));
  }
}
