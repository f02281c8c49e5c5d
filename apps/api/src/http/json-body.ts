import { isUtf8 } from 'node:buffer';
import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import express, { type Request, type RequestHandler, type Response } from 'express';
import type { Observable } from 'rxjs';
import { LIMITS } from '#contracts';
import { collectGarbage } from '#memory';
import { ruleFor } from '../auth/access-table.js';
import type { Config } from '../config.js';
import { CONFIG } from '../injection-tokens.js';
import { hasBody } from './body-time.js';
import { BodyError } from './problem.js';
import { RAW_BODY } from './raw-body.js';

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/**
 * Reads JSON bodies. An interceptor, which runs after every guard: the body of a caller that is not known, not allowed or
 * over its limit is never held in memory.
 */
@Injectable()
export class JsonBody implements NestInterceptor {
  private readonly ordinary: BodyReader;
  private readonly ofWorkers = bodyReader(LIMITS.workerBodyBytes);

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly reflector: Reflector,
  ) {
    this.ordinary = bodyReader(config.maxBodyBytes);
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const isRaw = this.reflector.get<true | undefined>(RAW_BODY, context.getHandler()) === true;
    if (request.actor && hasBody(request) && !isRaw) {
      if (!isJson(request)) {
        throw new BodyError('unsupported_media_type', 'send the body as Content-Type: application/json');
      }
      const read = isWorkerCall(request) ? this.ofWorkers : this.ordinary;
      const bytes = await read(request, http.getResponse<Response>());
      request.body = parseJson(bytes);
      if (bytes.length >= LONG_BYTES) collectGarbage();
      // It may have taken its time, and the token may have ended meanwhile.
      request.revoked?.throwIfAborted();
    }
    return next.handle();
  }
}

const isWorkerCall = (request: Request) => {
  const roles = ruleFor(request)?.roles ?? [];
  return roles.length === 1 && roles[0] === 'worker';
};

type BodyReader = (request: Request, response: Response) => Promise<Buffer>;

/** From so many bytes on, a body goes straight to where it stays: gathered in chunks, it takes twice its memory. */
const LONG_BYTES = 1_048_576;

/** Reads at most `limit` bytes. */
function bodyReader(limit: number): BodyReader {
  const read: RequestHandler = express.raw({ type: () => true, limit });
  return (request, response) => {
    const length = Number(request.headers['content-length']);
    const isPlain = (request.headers['content-encoding'] ?? 'identity') === 'identity';
    if (isPlain && length >= LONG_BYTES && length <= limit) return readAnnounced(request, length);
    return new Promise((resolve, reject) => {
      read(request, response, (error?: unknown) => {
        if (error) reject(readError(error, limit));
        else resolve(request.body);
      });
    });
  };
}

async function readAnnounced(request: Request, length: number): Promise<Buffer> {
  const body = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  try {
    for await (const chunk of request) filled += (chunk as Buffer).copy(body, filled);
  } catch {
    throw new BodyError('malformed_json', 'the body broke off');
  }
  return body;
}

function isJson(request: Request): boolean {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.map((parameter) => parameter.trim().match(/^charset="?([^"]+)"?$/)?.[1]).find(Boolean);
  return /^application\/([a-z0-9.+-]+\+)?json$/.test(type.trim()) && (charset ?? 'utf-8').replace('-', '') === 'utf8';
}

function readError(error: unknown, limit: number): unknown {
  const { type, status } = error as { type?: string; status?: number };
  if (type === 'entity.too.large') {
    return new BodyError('payload_too_large', `the body has more than ${limit} bytes`);
  }
  if (type === 'encoding.unsupported') return new BodyError('unsupported_media_type', (error as Error).message);
  // The rest is a body that broke off or could not be unpacked.
  return status === 400 ? new BodyError('malformed_json', (error as Error).message) : error;
}

/** The JSON value of a body. Throws what is wrong with it. */
export function parseJson(body: Buffer): unknown {
  // A byte that is no UTF-8 is the caller's mistake, not U+FFFD in somebody's file.
  if (!isUtf8(body)) throw new BodyError('invalid_encoding', 'the body is not valid UTF-8');
  const start = body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8', start));
  } catch {
    throw new BodyError('malformed_json', 'the body is not valid JSON');
  }
  if (!isDeeper(value, LIMITS.jsonDepth)) return value;
  throw new BodyError('malformed_json', `the body is nested more than ${LIMITS.jsonDepth} levels deep`);
}

/** Whether a value is nested beyond `limit`: what walks it later recurses, and must not run out of stack. */
function isDeeper(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (limit === 0) return true;
  const items = Array.isArray(value) ? value : Object.values(value);
  return items.some((item) => isDeeper(item, limit - 1));
}
