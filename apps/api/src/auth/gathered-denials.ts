import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from '#logging';
import { type Actor, ANONYMOUS } from '../domain/actor.js';
import type { Clock } from '../domain/clock.js';
import { AUDIT_STORE, CLOCK, LOGGER } from '../injection-tokens.js';
import type { AuditStore } from '../storage/audit-store.js';

export interface Denial {
  action: 'auth.failed' | 'auth.forbidden' | 'rate.limited';
  /** What repeats have in common: the address or the token, and the kind of route. */
  kind: string;
  actor: Actor;
  /** The route that was called. */
  target: string | null;
  detail: Record<string, unknown>;
}

interface Repeats {
  denial: Denial;
  count: number;
  /** When the first and the last of them came; wall-clock milliseconds. */
  from: number;
  to: number;
}

/** Kinds of one action that are told apart in a minute: what comes from more is gathered as one. */
const MAX_KINDS = 100;

/**
 * Records who was refused: the first of a kind at once, its repeats as one entry when the minute ends, so that neither
 * the audit nor the memory grows with what an attacker sends.
 */
@Injectable()
export class GatheredDenials implements OnApplicationShutdown {
  private kinds = noKinds();

  constructor(
    @Inject(AUDIT_STORE) private readonly audit: AuditStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  note(denial: Denial): void {
    const kinds = this.kinds[denial.action];
    const known = kinds.get(denial.kind);
    if (known) {
      this.count(known);
      return;
    }
    if (kinds.size < MAX_KINDS) {
      kinds.set(denial.kind, { denial, count: 0, from: 0, to: 0 });
      void this.record(denial, denial.detail);
      return;
    }
    const others = kinds.get(OTHERS) ?? { denial: ofSeveral(denial.action), count: 0, from: 0, to: 0 };
    kinds.set(OTHERS, others);
    this.count(others);
  }

  @Interval(60_000)
  async endMinute(): Promise<void> {
    const ended = Object.values(this.kinds).flatMap((kinds) => [...kinds.values()]);
    this.kinds = noKinds();
    const repeated = ended.filter(({ count }) => count > 0);
    await Promise.all(
      repeated.map(({ denial, count, from, to }) => this.record(denial, { ...denial.detail, count, from, to })),
    );
  }

  onApplicationShutdown(): Promise<void> {
    return this.endMinute();
  }

  private count(repeats: Repeats): void {
    const { wall } = this.clock.now();
    if (repeats.count === 0) repeats.from = wall;
    repeats.count++;
    repeats.to = wall;
  }

  /** The caller is refused either way, so a failure here is only logged. */
  private async record({ action, target, actor }: Denial, detail: Record<string, unknown>): Promise<void> {
    try {
      await this.audit.record({ action, target, taskId: null, outcome: 'denied', detail }, actor, this.clock.now());
    } catch (err) {
      this.logger.error({ err, action, actor: actor.id, ip: actor.ip }, 'a refused call is not in the audit');
    }
  }
}

/** The kind that all share which came after the hundredth. */
const OTHERS = '';

const ofSeveral = (action: Denial['action']): Denial => ({
  action,
  kind: OTHERS,
  actor: ANONYMOUS,
  target: null,
  detail: { callers: 'several' },
});

const noKinds = (): Record<Denial['action'], Map<string, Repeats>> => ({
  'auth.failed': new Map(),
  'auth.forbidden': new Map(),
  'rate.limited': new Map(),
});
