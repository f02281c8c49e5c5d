import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Actor } from '../domain/actor.js';
import type { Verdict } from './token-registry.js';

/** Why a request is nobody's. */
type AuthFailure = 'missing' | 'malformed' | 'unknown' | 'expired' | 'replaced';

declare module 'express-serve-static-core' {
  interface Request {
    /** Whose valid token the request carries; absent without one. */
    actor?: Actor;
    /** Aborted when that token stops being valid, its reason being the answer; absent for one that never does. */
    revoked?: AbortSignal;
    /** Why there is no actor. */
    authFailure?: { reason: AuthFailure; tokenId: string | null };
  }
}

/** Knows whose a token is, and hears of its use. */
export interface TokenVerifier {
  verify(secret: string): Verdict;
}

/** Finds out who calls. It refuses nobody: that is the guard's business, which knows what is public. */
export function authenticate(
  tokens: TokenVerifier,
  used: (tokenId: string, ip: string | null) => void,
): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => {
    const { authorization } = request.headers;
    const secret = authorization?.match(/^Bearer +([\x21-\x7e]+) *$/i)?.[1];
    if (secret === undefined) {
      request.authFailure = { reason: authorization === undefined ? 'missing' : 'malformed', tokenId: null };
      return next();
    }
    const verdict = tokens.verify(secret);
    if (verdict.good) {
      const { holder, revoked } = verdict;
      request.actor = { ...holder, ...originOf(request) };
      request.revoked = revoked ?? undefined;
      used(holder.id, request.actor.ip);
    } else {
      request.authFailure = { reason: verdict.failure, tokenId: verdict.tokenId };
    }
    next();
  };
}

/** Where a request comes from, as the audit records it. */
export const originOf = (request: Request): Pick<Actor, 'ip' | 'userAgent' | 'requestId'> => ({
  ip: request.ip ?? null,
  userAgent: request.get('user-agent')?.slice(0, 512) ?? null,
  requestId: request.id,
});
