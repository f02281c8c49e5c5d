import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Actor } from '../domain/actor.js';
import { ApiError } from './problem.js';

/** One authenticated call. */
export interface Call {
  /** Who calls. */
  actor: Actor;
  /**
   * Aborted when nobody is left to be answered: the caller is known to have gone, or its token has stopped being valid —
   * then the reason is the `ApiError` that it is answered.
   */
  gone: AbortSignal;
}

/** The call that a handler answers; only on routes that need a token. */
export const CurrentCall = createParamDecorator((_: unknown, context: ExecutionContext): Call => {
  const http = context.switchToHttp();
  const { actor, revoked } = http.getRequest<Request>();
  if (!actor) throw new ApiError('unauthorized');
  const response = http.getResponse<Response>();
  const gone = new AbortController();
  if (response.socket?.destroyed) gone.abort();
  const refuse = () => gone.abort(revoked?.reason);
  if (revoked?.aborted) refuse();
  revoked?.addEventListener('abort', refuse);
  response.once('close', () => {
    revoked?.removeEventListener('abort', refuse);
    if (!response.writableFinished) gone.abort();
  });
  return { actor, gone: gone.signal };
});
