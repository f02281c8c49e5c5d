import express, { type Request, type RequestHandler } from 'express';
import { LIMITS } from '#contracts';
import { isAuthenticated } from '../auth/authentication.js';
import { ApiError } from './problem.js';

/** Decodes strictly: a byte that is no UTF-8 is the caller's mistake, not U+FFFD in somebody's file. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads JSON bodies of callers that have shown a valid token; nobody else's body is ever held in memory. `limitFor`
 * answers how many bytes a request may have.
 */
export function jsonBody(limitFor: (request: Request) => number): RequestHandler {
  const readers = new Map<number, RequestHandler>();
  const readerFor = (limit: number) => {
    const known = readers.get(limit) ?? express.raw({ type: () => true, limit });
    readers.set(limit, known);
    return known;
  };
  return (request, response, next) => {
    if (!isAuthenticated(request) || !hasBody(request)) return next();
    if (!isJson(request)) {
      return next(new ApiError('unsupported_media_type', 'send the body as Content-Type: application/json'));
    }
    const limit = limitFor(request);
    readerFor(limit)(request, response, (error?: unknown) => {
      if (error) return next(readError(error, limit));
      request.body = parse(request.body);
      next(request.body instanceof ApiError ? request.body : undefined);
    });
  };
}

function hasBody(request: Request): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

function isJson(request: Request): boolean {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.map((parameter) => parameter.trim().match(/^charset="?([^"]+)"?$/)?.[1]).find(Boolean);
  return /^application\/([a-z0-9.+-]+\+)?json$/.test(type.trim()) && (charset ?? 'utf-8').replace('-', '') === 'utf8';
}

function readError(error: unknown, limit: number): unknown {
  const { type, status } = error as { type?: string; status?: number };
  if (type === 'entity.too.large') {
    return new ApiError('payload_too_large', `the body has more than ${limit} bytes`);
  }
  if (type === 'encoding.unsupported') return new ApiError('unsupported_media_type', (error as Error).message);
  // The rest is a body that broke off or could not be unpacked.
  return status === 400 ? new ApiError('malformed_json', (error as Error).message) : error;
}

/** The JSON value of a body, or the error that tells what is wrong with it. */
function parse(body: unknown): unknown {
  let text: string;
  try {
    text = UTF8.decode(body as Buffer);
  } catch {
    return new ApiError('invalid_encoding', 'the body is not valid UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return new ApiError('malformed_json', 'the body is not valid JSON');
  }
  if (!isDeeper(value, LIMITS.jsonDepth)) return value;
  return new ApiError('malformed_json', `the body is nested more than ${LIMITS.jsonDepth} levels deep`);
}

/** Whether a value is nested beyond `limit`: what walks it later recurses, and must not run out of stack. */
function isDeeper(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (limit === 0) return true;
  const items = Array.isArray(value) ? value : Object.values(value);
  return items.some((item) => isDeeper(item, limit - 1));
}
