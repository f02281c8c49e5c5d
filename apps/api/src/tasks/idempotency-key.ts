import { createHash } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { canonicalize } from 'json-canonicalize';
import { LIMITS } from '#contracts';
import type { Actor } from '../domain/actor.js';
import { ApiError, invalid } from '../http/problem.js';
import type { IdempotencyKey } from '../storage/task-store.js';

/** The header, for the description of a route that takes it. */
export const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'makes a repeated call within 24 h answer what the first one was answered, instead of doing it again',
};

/** What an `Idempotency-Key` header names the call as; null without one. The same key may stand for one request only. */
export const CallKey = createParamDecorator((_: unknown, context: ExecutionContext): IdempotencyKey | null => {
  const request = context.switchToHttp().getRequest<Request>();
  const key = request.get('idempotency-key');
  if (key === undefined) return null;
  if (!request.actor) throw new ApiError('unauthorized');
  if (key === '' || key.length > LIMITS.idempotencyKey) {
    const message = `Idempotency-Key must have 1 to ${LIMITS.idempotencyKey} characters, such as a UUID`;
    throw invalid([{ field: 'Idempotency-Key', message }]);
  }
  return callKey(request.actor, key, request.path, request.body);
});

/** The key under which an actor asks `path` for what `body` says. */
export function callKey({ id }: Actor, key: string, path: string, body: unknown): IdempotencyKey {
  // Canonical, so that neither the order of fields nor white space makes another request of it.
  const asked = canonicalize({ path, body: body ?? null });
  return { tokenId: id, key, requestHash: createHash('sha256').update(asked).digest('hex') };
}
