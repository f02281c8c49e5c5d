import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { ANONYMOUS } from '../domain/actor.js';
import { type ApiError, unauthorized } from '../http/problem.js';
import { addressOf, FailedAuthentications } from '../rate-limiting/failed-authentications.js';
import { routeOf, ruleFor } from './access-table.js';
import { originOf } from './authentication.js';
import { GatheredDenials } from './gathered-denials.js';
import { EXPLAINED } from './token-registry.js';

/** Refuses who shows no valid token where one is needed. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly failures: FailedAuthentications,
    private readonly denials: GatheredDenials,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (request.actor || ruleFor(request)?.roles === 'public') return true;
    throw this.refusal(request);
  }

  private refusal(request: Request): ApiError {
    const { reason, tokenId } = request.authFailure ?? { reason: 'missing', tokenId: null };
    // Only who sends a token can be guessing at one.
    const tooMany = reason === 'missing' ? null : this.failures.count(request);
    this.denials.note({
      action: tooMany ? 'rate.limited' : 'auth.failed',
      kind: addressOf(request),
      actor: { ...ANONYMOUS, ...originOf(request) },
      target: routeOf(request),
      detail: { reason, ...(tokenId === null ? {} : { tokenId }) },
    });
    if (tooMany) return tooMany;
    const known = reason === 'expired' || reason === 'replaced' ? EXPLAINED[reason] : null;
    return unauthorized(known ?? 'send a valid token: Authorization: Bearer <token>');
  }
}
