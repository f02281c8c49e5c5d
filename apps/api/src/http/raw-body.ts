import { on } from 'node:events';
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { Request } from 'express';
import { ApiError } from './problem.js';

export const RAW_BODY = 'raw body';

/** A route whose body is bytes, which its handler reads as they come. */
export const RawBody = (contentType = 'application/octet-stream') =>
  applyDecorators(
    SetMetadata(RAW_BODY, true),
    ApiConsumes(contentType),
    ApiBody({ schema: { type: 'string', format: 'binary' } }),
  );

/** Pieces that wait in memory before the sender is told to pause. */
const WAITING_PIECES = 4;

/**
 * The bytes of a body as they come, at most `limit`. Throws `payload_too_large`, `unsupported_media_type`, the `ApiError`
 * that `stop` is aborted with, and `bad_request` for a body that breaks off or is stopped otherwise. What is left of it is
 * then read and thrown away, so that the caller hears of that.
 */
export async function* piecesOf(request: Request, limit: number, stop: AbortSignal): AsyncGenerator<Buffer> {
  refuseUnread(request, limit);
  let size = 0;
  try {
    const pieces = on(request, 'data', {
      signal: stop,
      close: ['end'],
      highWaterMark: WAITING_PIECES,
      lowWaterMark: 1,
    });
    request.waitForProgress?.();
    for await (const [piece] of pieces as AsyncIterable<[Buffer]>) {
      size += piece.length;
      if (size > limit) throw tooLarge(limit);
      yield piece;
    }
  } catch (error) {
    if (stop.reason instanceof ApiError) throw stop.reason;
    if (stop.aborted || request.readableAborted) throw brokenOff();
    throw error;
  } finally {
    request.resume();
  }
}

function refuseUnread(request: Request, limit: number): void {
  const { 'content-encoding': encoding = 'identity', 'content-length': length } = request.headers;
  if (encoding.toLowerCase() !== 'identity') {
    throw new ApiError('unsupported_media_type', 'send the bytes as they are, without Content-Encoding');
  }
  if (Number(length ?? 0) > limit) throw tooLarge(limit);
  if (request.destroyed) throw brokenOff();
}

const tooLarge = (limit: number) => new ApiError('payload_too_large', `the body has more than ${limit} bytes`);
const brokenOff = () => new ApiError('bad_request', 'the body broke off');
