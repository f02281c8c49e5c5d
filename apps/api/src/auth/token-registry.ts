import { createHash, timingSafeEqual } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Config } from '../config.js';
import type { TokenRole } from '../domain/actor.js';
import type { Clock } from '../domain/clock.js';
import { unauthorized } from '../http/problem.js';
import { CLOCK, CONFIG, TOKEN_STORE } from '../injection-tokens.js';
import type { KnownSecret, Token, TokenStore } from '../storage/token-store.js';

/** The token of the server's environment, which no table holds. */
export const ENVIRONMENT = 'environment';

interface Holder {
  id: string;
  name: string;
  role: TokenRole;
}

export type Verdict =
  /** `revoked` is aborted, its reason being the answer, when the secret stops being good; null: it never does. */
  | { good: true; holder: Holder; revoked: AbortSignal | null }
  | { good: false; failure: 'unknown' | 'expired' | 'replaced'; tokenId: string | null };

interface Entry {
  digest: Buffer;
  holder: Holder;
  /** Wall-clock milliseconds. */
  expiresAt: number | null;
  /** When it ends because another secret has replaced it. */
  validUntil: number | null;
  /** Aborted to end the calls that are being held for this secret; made with the first call. */
  calls?: AbortController;
}

/** The longest sleep: how late a clock that was set forward is noticed. */
const LONGEST_SLEEP_MS = 60_000;

/** Knows every good secret by its SHA-256, in memory, so that a request costs no query. */
@Injectable()
export class TokenRegistry implements OnModuleInit, OnModuleDestroy {
  private readonly entries = new Map<string, Entry>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(TOKEN_STORE) private readonly store: TokenStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) config: Config,
  ) {
    const digest = digestOf(config.token);
    const holder = { id: ENVIRONMENT, name: 'WORKER_TOKEN', role: 'admin' } as const;
    this.entries.set(digest.toString('hex'), { digest, holder, expiresAt: null, validUntil: null });
  }

  async onModuleInit(): Promise<void> {
    for (const secret of await this.store.secrets()) this.add(secret);
    this.arm();
  }

  onModuleDestroy(): void {
    clearTimeout(this.timer);
  }

  verify(secret: string): Verdict {
    const digest = digestOf(secret);
    const entry = this.entries.get(digest.toString('hex'));
    // What is compared are digests, so that the time it takes tells nothing of a secret.
    if (!entry || !timingSafeEqual(entry.digest, digest)) return { good: false, failure: 'unknown', tokenId: null };
    const now = this.clock.now().wall;
    const failure = failureOf(entry, now);
    if (failure) return { good: false, failure, tokenId: entry.holder.id };
    if (entry.holder.id === ENVIRONMENT) return { good: true, holder: entry.holder, revoked: null };
    entry.calls ??= newCalls();
    return { good: true, holder: entry.holder, revoked: entry.calls.signal };
  }

  /** Takes up a secret that has been stored. */
  admit(secret: KnownSecret): void {
    this.add(secret);
    this.arm();
  }

  /** The token has a new secret; the one before is good until `previousValidUntil`, with null no more. */
  rotate(token: Token, hash: string, previousValidUntil: number | null): void {
    for (const [known, entry] of this.of(token.id)) {
      if (previousValidUntil !== null && entry.validUntil === null) entry.validUntil = previousValidUntil;
      else this.drop(known, entry, 'the token has been rotated: use its new secret');
    }
    this.admit({ hash, token, validUntil: null });
  }

  /** The token is revoked: its secrets are good no more, and what is held for them ends. */
  revoke(tokenId: string): void {
    for (const [known, entry] of this.of(tokenId)) this.drop(known, entry, 'the token has been revoked');
  }

  /** Ends the calls that are held for secrets whose time is over. */
  endLapsed(): void {
    const now = this.clock.now().wall;
    for (const entry of this.entries.values()) {
      const failure = failureOf(entry, now);
      if (failure) endCalls(entry, EXPLAINED[failure]);
    }
    this.arm();
  }

  private add({ hash, token: { id, name, role, expiresAt }, validUntil }: KnownSecret): void {
    // A secret that an operator has also put into WORKER_TOKEN is what the environment says.
    if (this.entries.get(hash)?.holder.id === ENVIRONMENT) return;
    const digest = Buffer.from(hash, 'hex');
    this.entries.set(hash, { digest, holder: { id, name, role }, expiresAt, validUntil });
  }

  private of(tokenId: string): [string, Entry][] {
    return [...this.entries].filter(([, { holder }]) => holder.id === tokenId);
  }

  private drop(hash: string, entry: Entry, why: string): void {
    this.entries.delete(hash);
    endCalls(entry, why);
  }

  /** One timer for all: it waits for the next secret to end. */
  private arm(): void {
    clearTimeout(this.timer);
    const now = this.clock.now().wall;
    let next = Number.POSITIVE_INFINITY;
    for (const entry of this.entries.values()) {
      if (failureOf(entry, now) === null) next = Math.min(next, endOf(entry));
    }
    if (next === Number.POSITIVE_INFINITY) return;
    this.timer = setTimeout(() => this.endLapsed(), Math.min(Math.max(next - now, 1), LONGEST_SLEEP_MS)).unref();
  }
}

/** What to tell the holder of a secret that was good once. */
export const EXPLAINED = {
  expired: 'the token has expired: ask for a new one',
  replaced: 'the token has been rotated, and the grace of its secret before is over: use its new secret',
} as const;

const endOf = ({ expiresAt, validUntil }: Entry) =>
  Math.min(expiresAt ?? Number.POSITIVE_INFINITY, validUntil ?? Number.POSITIVE_INFINITY);

function failureOf({ expiresAt, validUntil }: Entry, now: number): 'expired' | 'replaced' | null {
  if (expiresAt !== null && expiresAt <= now) return 'expired';
  return validUntil !== null && validUntil <= now ? 'replaced' : null;
}

function endCalls(entry: Entry, why: string): void {
  entry.calls?.abort(unauthorized(why));
  // A clock that is set back may make the secret good again.
  entry.calls = undefined;
}

function newCalls(): AbortController {
  const calls = new AbortController();
  // Every held call listens.
  setMaxListeners(0, calls.signal);
  return calls;
}

/** What is kept of a secret. */
export const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
