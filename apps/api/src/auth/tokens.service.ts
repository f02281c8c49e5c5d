import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { CreatedToken, RotatedToken, TokenIdentity, TokenRecord } from '#contracts';
import type { Actor, TokenRole } from '../domain/actor.js';
import type { Clock } from '../domain/clock.js';
import type { Call } from '../http/call.js';
import { ApiError, invalid } from '../http/problem.js';
import { CLOCK, TOKEN_STORE } from '../injection-tokens.js';
import type { Token, TokenStore } from '../storage/token-store.js';
import { digestOf, ENVIRONMENT, TokenRegistry } from './token-registry.js';
import { TokenUses } from './token-uses.js';

/** Names that the audit uses for who is no token of the table. */
const RESERVED_NAMES = ['system', 'anonymous', ENVIRONMENT, 'worker_token'];

@Injectable()
export class TokensService {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(TOKEN_STORE) private readonly store: TokenStore,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly registry: TokenRegistry,
    private readonly uses: TokenUses,
  ) {}

  /** `expiresIn` is in milliseconds; without it the token does not end by itself. */
  async create(
    { name, role, expiresIn }: { name: string; role: TokenRole; expiresIn?: number },
    call: Call,
  ): Promise<CreatedToken> {
    if (RESERVED_NAMES.includes(name.toLowerCase())) {
      throw invalid([{ field: 'name', message: `name must not be ${name}, which the server uses; such as "laptop"` }]);
    }
    return this.inTurn(async () => {
      const now = this.clock.now();
      const { secret, hash } = newSecret();
      const expiresAt = expiresIn === undefined ? null : now.wall + expiresIn;
      const token = await this.store.create({ id: uuidv7(), name, role, expiresAt }, hash, call.actor, now);
      this.registry.admit({ hash, token, validUntil: null });
      return { ...this.record(token), token: secret };
    });
  }

  async list(limit: number, before: string | null): Promise<{ items: TokenRecord[]; next: string | null }> {
    const { tokens, next } = await this.store.list(limit, before);
    return { items: tokens.map((token) => this.record(token)), next };
  }

  async identify({ id, name, role }: Actor): Promise<TokenIdentity> {
    const { expiresAt = null } = (await this.store.find(id)) ?? {};
    return { id, name, role: role as TokenRole, expiresAt };
  }

  /** Throws `token_not_found`, `token_expired`. */
  async rotate(id: string, graceMs: number, call: Call): Promise<RotatedToken> {
    return this.inTurn(async () => {
      const now = this.clock.now();
      const known = await this.store.find(id);
      if (!known) throw unknownToken(id);
      if (known.expiresAt !== null && known.expiresAt <= now.wall) throw new ApiError('token_expired');
      const { secret, hash } = newSecret();
      const previousValidUntil = graceMs === 0 ? null : now.wall + graceMs;
      const token = await this.store.rotate(id, hash, previousValidUntil, call.actor, now);
      if (!token) throw unknownToken(id);
      this.registry.rotate(token, hash, previousValidUntil);
      return { ...this.record(token), token: secret, previousValidUntil };
    });
  }

  /** Throws `token_not_found`. */
  async revoke(id: string, call: Call): Promise<void> {
    return this.inTurn(async () => {
      if (!(await this.store.revoke(id, call.actor, this.clock.now()))) throw unknownToken(id);
      this.registry.revoke(id);
      this.uses.forget(id);
    });
  }

  /** One change at a time, so that the registry follows the order of the commits. */
  private inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.last.then(change);
    this.last = done.catch(() => undefined);
    return done;
  }

  private record(token: Token): TokenRecord {
    const use = this.uses.lastOf(token.id);
    return use ? { ...token, lastUsedAt: use.at, lastUsedIp: use.ip } : token;
  }
}

/** 256 random bits behind a prefix that scanners for leaked secrets can look for. */
function newSecret(): { secret: string; hash: string } {
  const secret = `ocw_${randomBytes(32).toString('base64url')}`;
  return { secret, hash: digestOf(secret).toString('hex') };
}

function unknownToken(id: string): ApiError {
  const detail =
    id === ENVIRONMENT
      ? 'the token WORKER_TOKEN is a setting of the server: change it there, and start the server anew'
      : `there is no token ${id}`;
  return new ApiError('token_not_found', detail);
}
