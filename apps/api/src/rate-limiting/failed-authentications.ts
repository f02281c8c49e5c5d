import { Inject, Injectable } from '@nestjs/common';
import { normalizeIp } from '@nestjs/throttler';
import type { Request } from 'express';
import type { Config } from '../config.js';
import { ApiError } from '../http/problem.js';
import { CONFIG } from '../injection-tokens.js';
import { rateLimitHeaders, WINDOW_MS } from './rate-limit-headers.js';
import { WindowCounts } from './window-counts.js';

/** Counts bad tokens by the address that they come from; a good token from there is none of its business. */
@Injectable()
export class FailedAuthentications {
  constructor(
    private readonly counts: WindowCounts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Counts one more; answers the refusal when its address has sent too many. */
  count(request: Request): ApiError | null {
    const limit = this.config.authFailuresPerMinute;
    if (limit === 0) return null;
    const count = this.counts.hit('authentication', addressOf(request), limit, WINDOW_MS);
    if (!count.isBlocked) return null;
    const headers = {
      ...rateLimitHeaders([{ name: 'authentication', limit, count }]),
      'Retry-After': String(count.timeToBlockExpire),
    };
    return new ApiError('rate_limited', 'too many bad tokens came from this address', { headers });
  }
}

/** Where a request comes from, as limits see it: an IPv6 caller has a whole /64 to choose from. */
export const addressOf = (request: Request): string => normalizeIp(request.ip ?? 'unknown', 64);
