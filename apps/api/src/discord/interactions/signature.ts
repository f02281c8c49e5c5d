import { type KeyObject, verify } from 'node:crypto';

/** How far the time of a call may be from ours, in milliseconds. */
export const FRESH_MS = 300_000;

export interface SignedCall {
  /** The headers `X-Signature-Ed25519` and `X-Signature-Timestamp`. */
  signature: string | undefined;
  timestamp: string | undefined;
  body: Buffer;
}

/**
 * Why a call is not Discord's, or not of now; null when it is. Discord signs the time and the body, byte for byte:
 * https://discord.com/developers/docs/interactions/overview#setting-up-an-endpoint-validating-security-request-headers.
 */
export function refusalOf({ signature, timestamp, body }: SignedCall, publicKey: KeyObject, now: number) {
  if (!signature || !timestamp) return 'missing';
  if (!/^[0-9a-fA-F]{128}$/.test(signature) || !/^\d{1,12}$/.test(timestamp)) return 'malformed';
  const signed = Buffer.concat([Buffer.from(timestamp), body]);
  if (!verify(null, signed, publicKey, Buffer.from(signature, 'hex'))) return 'bad signature';
  return Math.abs(now - Number(timestamp) * 1000) > FRESH_MS ? 'stale' : null;
}
