import { IdempotencyKeyReused, QueueFull, StorageFull, StorageUnavailable, UploadNotFound } from '../storage/errors.js';
import { ApiError } from './problem.js';

/** Seconds after which a caller may try again what a full queue or disk has refused. */
const RETRY_AFTER = { 'Retry-After': '5' };

/** What a caller is told of an error that is not the server's own mistake; null for one that is. */
export function knownError(thrown: unknown): ApiError | null {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof IdempotencyKeyReused) return new ApiError('idempotency_key_reused', thrown.message);
  if (thrown instanceof UploadNotFound) return new ApiError('upload_not_found', thrown.message);
  if (thrown instanceof StorageFull) return new ApiError('storage_full', thrown.message, { headers: RETRY_AFTER });
  if (thrown instanceof StorageUnavailable)
    return new ApiError('storage_unavailable', undefined, { headers: RETRY_AFTER });
  if (thrown instanceof QueueFull) {
    const headers = { 'RateLimit-Policy': `"queue";q=${thrown.limit}`, RateLimit: '"queue";r=0;t=5', ...RETRY_AFTER };
    return new ApiError('queue_full', thrown.message, { headers });
  }
  return null;
}
