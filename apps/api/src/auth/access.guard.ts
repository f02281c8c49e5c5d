import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { Role } from '../domain/actor.js';
import { ApiError } from '../http/problem.js';
import { allows, type Rule, routeOf, ruleFor } from './access-table.js';
import { GatheredDenials } from './gathered-denials.js';

/** Lets a request pass when the access table allows its route to the role of its token. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly denials: GatheredDenials) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const { actor } = request;
    const rule = ruleFor(request);
    if (allows(rule, actor?.role)) return true;
    const route = routeOf(request);
    if (actor) {
      const kind = `${actor.id} ${rule?.shares.join() ?? ''}`;
      this.denials.note({ action: 'auth.forbidden', kind, actor, target: route, detail: {} });
    }
    throw new ApiError('forbidden', refusal(rule, actor?.role));
  }
}

function refusal(rule: Rule | undefined, role: Role | undefined): string {
  if (!rule) return 'nobody may do this: the server has no rule for it';
  const wanted = [...(rule.roles === 'public' ? [] : rule.roles), 'admin'].join(' or ');
  return `a token of the role ${role} may not do this; it takes one of the role ${wanted}`;
}
