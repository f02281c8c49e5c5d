import { createHash, timingSafeEqual } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Actor } from '../domain/actor.js';

declare module 'express-serve-static-core' {
  interface Request {
    /** Whose valid token the request carries; absent without one. */
    actor?: Actor;
  }
}

/** Knows whose a token is. */
export interface TokenVerifier {
  verify(token: string): { id: string; name: string; role: Actor['role'] } | null;
}

/** `WORKER_TOKEN` of the server's environment: always a valid admin token. */
export class EnvironmentToken implements TokenVerifier {
  private readonly digest: Buffer;

  constructor(token: string) {
    this.digest = sha256(token);
  }

  verify(token: string) {
    // Digests have one length, so that comparing them tells nothing of the token, not even how long it is.
    if (!timingSafeEqual(sha256(token), this.digest)) return null;
    return { id: 'environment', name: 'WORKER_TOKEN', role: 'admin' } as const;
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();

/** Finds out who calls. It refuses nobody: that is the guard's business, which knows what is public. */
export function authenticate(tokens: TokenVerifier): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => {
    const token = request.headers.authorization?.match(/^Bearer +([\x21-\x7e]+) *$/i)?.[1];
    const holder = token === undefined ? null : tokens.verify(token);
    if (holder) {
      request.actor = {
        ...holder,
        ip: request.ip ?? null,
        userAgent: request.get('user-agent')?.slice(0, 512) ?? null,
        requestId: request.id,
      };
    }
    next();
  };
}

export const isAuthenticated = (request: Request): boolean => request.actor !== undefined;
