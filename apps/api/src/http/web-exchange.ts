import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request as ExpressRequest, Response as ExpressResponse } from 'express';

/** A request as the web standard has it, without its token; its body has been read already. */
export function toWebRequest({ method, originalUrl, headers }: ExpressRequest, signal: AbortSignal): Request {
  const given = Object.entries(headers).flatMap(([name, value]) =>
    name === 'authorization' || value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return new Request(new URL(originalUrl, 'http://localhost'), { method, headers: given, signal });
}

/** Sends what a handler of the web standard has answered; a stream as it comes. Resolves when all of it is out, or nobody reads. */
export async function sendWebResponse(response: ExpressResponse, answer: Response): Promise<void> {
  response.status(answer.status).set('Cache-Control', 'no-store');
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  // nginx would collect events until its buffer is full.
  response.setHeader('X-Accel-Buffering', 'no');
  if (!answer.body) return void response.end();
  response.flushHeaders();
  await pipeline(Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]), response).catch(
    (error: unknown) => {
      if (!response.destroyed) throw error;
    },
  );
}
