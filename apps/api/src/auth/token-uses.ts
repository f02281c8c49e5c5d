import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from '#logging';
import type { Clock } from '../domain/clock.js';
import { CLOCK, LOGGER, TOKEN_STORE } from '../injection-tokens.js';
import type { TokenStore, TokenUse } from '../storage/token-store.js';
import { ENVIRONMENT } from './token-registry.js';

/** When and from where each token was used last: in memory, and stored from time to time. */
@Injectable()
export class TokenUses implements OnApplicationShutdown {
  private readonly latest = new Map<string, TokenUse>();
  private readonly unstored = new Set<string>();

  constructor(
    @Inject(TOKEN_STORE) private readonly store: TokenStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  note(id: string, ip: string | null): void {
    // No table holds that one.
    if (id === ENVIRONMENT) return;
    this.latest.set(id, { id, at: this.clock.now().wall, ip });
    this.unstored.add(id);
  }

  /** The last use since the server started. */
  lastOf(id: string): TokenUse | undefined {
    return this.latest.get(id);
  }

  /** The token is gone. */
  forget(id: string): void {
    this.latest.delete(id);
    this.unstored.delete(id);
  }

  @Interval(30_000)
  async flush(): Promise<void> {
    const ids = [...this.unstored];
    if (ids.length === 0) return;
    this.unstored.clear();
    try {
      await this.store.touch(ids.flatMap((id) => this.latest.get(id) ?? []));
    } catch (err) {
      for (const id of ids) this.unstored.add(id);
      this.logger.error({ err }, 'could not store when tokens were used; trying again in 30 s');
    }
  }

  /** After the last connection has ended. */
  onApplicationShutdown(): Promise<void> {
    return this.flush();
  }
}
