import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { invalid } from '../http/problem.js';

/** This version cannot keep the promise of an `Idempotency-Key`, so it refuses one rather than run a task twice. */
export class RefuseIdempotencyKey implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (request.get('idempotency-key') === undefined) return true;
    const message = 'Idempotency-Key is not supported by this version of the server: leave the header out';
    throw invalid([{ field: 'Idempotency-Key', message }]);
  }
}
