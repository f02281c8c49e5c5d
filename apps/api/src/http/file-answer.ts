import type { Response } from 'express';
import { StorageUnavailable } from '../storage/errors.js';
import { ApiError } from './problem.js';

export interface SentFile {
  /** Absolute. */
  path: string;
  size: number;
  /** In hex: what conditions of the request are held against, as `ETag`. */
  sha256: string;
  /** Beside those of every file. */
  headers: Record<string, string>;
}

/**
 * Answers with a file, or the range of it that is asked for. Nothing in it is run by a browser: it is no page and may not
 * become one. Throws `range_not_satisfiable`, `precondition_failed`.
 */
export async function sendFile(response: Response, { path, size, sha256, headers }: SentFile): Promise<void> {
  const all = {
    ...headers,
    ETag: `"${sha256}"`,
    'Cache-Control': 'private, no-cache',
    'Content-Security-Policy': 'sandbox',
  };
  for (const [name, value] of Object.entries(all)) response.setHeader(name, value);
  const options = { lastModified: false, cacheControl: false, dotfiles: 'allow' } as const;
  const error = await new Promise<(Error & { status?: number; code?: string }) | undefined>((resolve) => {
    response.sendFile(path, options, resolve);
  });
  // Who asked for it has gone, or the connection broke: nobody is there to be told.
  if (!error || error.code === 'ECONNABORTED' || response.destroyed) return;
  if (!response.headersSent) for (const name of [...Object.keys(all), 'Content-Range']) response.removeHeader(name);
  if (error.status === 416) {
    const range = { headers: { 'Content-Range': `bytes */${size}` } };
    throw new ApiError('range_not_satisfiable', `the file has ${size} bytes, and none of that range`, range);
  }
  if (error.status === 412) throw new ApiError('precondition_failed');
  throw new StorageUnavailable(`the file cannot be read: ${error.message}`, { cause: error });
}

/** What makes a browser keep a file under `name`, whatever the name is made of. */
export function asAttachment(response: Response, name: string, contentType: string): Record<string, string> {
  response.attachment(name);
  return { 'Content-Disposition': String(response.getHeader('Content-Disposition')), 'Content-Type': contentType };
}
