import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { Role } from '../domain/actor.js';
import { ApiError } from '../http/problem.js';

const ACCESS = 'access';

/** Anybody may call this, without a token. */
export const Public = () => SetMetadata(ACCESS, 'public');

/** Only tokens of these roles, and of `admin`, may call this. */
export const AllowRoles = (...roles: Exclude<Role, 'admin' | 'system'>[]) => SetMetadata(ACCESS, roles);

/** Lets a request pass when its route is public or its token's role is allowed; a route that says nothing is admin's. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    const access = this.reflector.getAllAndOverride<'public' | Role[] | undefined>(ACCESS, targets) ?? [];
    if (access === 'public') return true;
    const { actor } = context.switchToHttp().getRequest<Request>();
    if (!actor) {
      throw new ApiError('unauthorized', 'send a valid token: Authorization: Bearer <token>', {
        headers: { 'WWW-Authenticate': 'Bearer' },
      });
    }
    if (actor.role !== 'admin' && !access.includes(actor.role)) {
      throw new ApiError('forbidden', `a token of the role ${actor.role} may not do this`);
    }
    return true;
  }
}
