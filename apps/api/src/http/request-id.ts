import type { NextFunction, Request, Response } from 'express';
import { v7 as uuidv7 } from 'uuid';
import { randomBytes16 } from './random-bytes.js';

declare module 'express-serve-static-core' {
  interface Request {
    /** Names this request in answers, logs and the audit. */
    id: string;
  }
}

/** Takes over the caller's `X-Request-Id` when it is 1 to 128 of `[A-Za-z0-9._-]`, else makes one. */
export function requestId(request: Request, response: Response, next: NextFunction): void {
  const given = request.get('x-request-id');
  request.id = given && /^[A-Za-z0-9._-]{1,128}$/.test(given) ? given : uuidv7({ rng: randomBytes16 });
  response.setHeader('X-Request-Id', request.id);
  next();
}
