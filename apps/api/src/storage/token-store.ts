import type { Actor, TokenRole } from '../domain/actor.js';
import type { Instant } from '../domain/clock.js';

/**
 * Where tokens live, by the SHA-256 of their secrets; a secret itself never comes here. Every change is one transaction
 * with its audit entry inside. Errors: `StorageFull`, `StorageUnavailable`.
 */
export interface TokenStore {
  create(token: NewToken, hash: string, actor: Actor, now: Instant): Promise<Token>;
  find(id: string): Promise<Token | null>;
  /** Newest first. `before` is the `next` of the page before. */
  list(limit: number, before: string | null): Promise<TokenPage>;
  /** Every secret that is kept, with its token. */
  secrets(): Promise<KnownSecret[]>;
  /**
   * Gives the token another secret. The one before it stays good until `previousValidUntil`, with null not at all; those
   * before that one end. Null when there is no such token.
   */
  rotate(
    id: string,
    hash: string,
    previousValidUntil: number | null,
    actor: Actor,
    now: Instant,
  ): Promise<Token | null>;
  /** Removes the token with its secrets; false when there is no such token. */
  revoke(id: string, actor: Actor, now: Instant): Promise<boolean>;
  /** Notes when and from where tokens were used last; those that are gone are left out. No audit entry. */
  touch(uses: readonly TokenUse[]): Promise<void>;
}

export interface NewToken {
  id: string;
  name: string;
  role: TokenRole;
  /** Wall-clock milliseconds; null: never. */
  expiresAt: number | null;
}

/** Times are wall-clock milliseconds. */
export interface Token extends NewToken {
  createdAt: number;
  rotatedAt: number | null;
  lastUsedAt: number | null;
  lastUsedIp: string | null;
}

export interface TokenPage {
  tokens: Token[];
  next: string | null;
}

export interface KnownSecret {
  /** SHA-256 of the secret: 64 lower-case hex digits. */
  hash: string;
  token: Token;
  /** When a replaced secret ends; null for the current one, which lasts as long as its token. */
  validUntil: number | null;
}

export interface TokenUse {
  id: string;
  at: number;
  ip: string | null;
}
