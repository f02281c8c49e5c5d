import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerRequest,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import type { Request, Response } from 'express';
import { routeOf, ruleFor, type Share } from '../auth/access-table.js';
import { GatheredDenials } from '../auth/gathered-denials.js';
import type { Actor } from '../domain/actor.js';
import { ApiError } from '../http/problem.js';
import { type Quota, rateLimitHeaders } from './rate-limit-headers.js';

/** What the answer to a request tells of its quotas so far. */
const quotas = new WeakMap<Request, Quota[]>();

/** Holds each token to its shares of calls; which ones a route counts against is in the access table. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    reflector: Reflector,
    private readonly denials: GatheredDenials,
  ) {
    super(options, storage, reflector);
  }

  protected override async shouldSkip(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    return request.actor === undefined || sharesOf(request).length === 0;
  }

  /** One call against one share. */
  protected override async handleRequest({ context, limit, ttl, throttler }: ThrottlerRequest): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const name = throttler.name as Share;
    if (!sharesOf(request).includes(name)) return true;
    const actor = request.actor as Actor;
    const count = await this.storageService.increment(actor.id, ttl, limit, 0, name);
    const told = [...(quotas.get(request) ?? []), { name, limit, count }];
    quotas.set(request, told);
    context.switchToHttp().getResponse<Response>().set(rateLimitHeaders(told));
    if (count.isBlocked) throw this.refusal(request, actor, { name, limit, count });
    return true;
  }

  private refusal(request: Request, actor: Actor, { name, limit, count }: Quota & { name: Share }): ApiError {
    const detail = { share: name, limit };
    this.denials.note({ action: 'rate.limited', kind: `${actor.id} ${name}`, actor, target: routeOf(request), detail });
    const headers = { 'Retry-After': String(count.timeToBlockExpire) };
    return new ApiError('rate_limited', `${EXPLAINED[name]} a minute: ${limit}; see RATE_LIMIT_PER_MINUTE`, {
      headers,
    });
  }
}

const EXPLAINED: Record<Share, string> = {
  token: 'this token has made as many calls as it may',
  heavy: 'this token has made as many calls of this kind as it may',
};

const sharesOf = (request: Request): readonly Share[] => ruleFor(request)?.shares ?? ['token'];
