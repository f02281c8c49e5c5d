import { codeOf, messageOf } from '../system-error.js';

/**
 * Why a call came to nothing:
 * - `network`: no connection, it broke, or no answer came in time
 * - `server`: the server cannot answer now (429, 5xx), or something else answers in its place
 * - `unauthorized`: it does not take the token for this call (401, 403)
 * - `superseded`: a newer start of this worker is known
 * - `name_in_use`: another worker of this name is online
 * - `refused`: any other answer; the same call would get it again
 */
export type ApiErrorKind = 'network' | 'server' | 'unauthorized' | 'superseded' | 'name_in_use' | 'refused';

export class ApiError extends Error {
  constructor(
    readonly kind: ApiErrorKind,
    message: string,
    /** How long the server asked to be left alone, in milliseconds. */
    readonly retryAfter = 0,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

const UNTRUSTED_ISSUER = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** What kept a connection from working, in as few words as tell it. */
export function connectionFault(cause: unknown): string {
  const code = codeOf(cause);
  if (UNTRUSTED_ISSUER.has(code))
    return `${code}: a certificate of your own authority is trusted when NODE_EXTRA_CA_CERTS names its file`;
  // undici's own codes say less than its messages; the system's say more.
  return code === '' || code.startsWith('UND_ERR') ? messageOf(cause) : code;
}

const LONGEST_WAIT = 60_000;

/** The milliseconds that a `Retry-After` header asks for (seconds, or an HTTP date), a minute at most; else 0. */
export function retryAfterMs(header: string | undefined, now: number): number {
  if (header === undefined) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return ms > 0 ? Math.min(ms, LONGEST_WAIT) : 0;
}
