import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SignedHead } from './chain.js';
import { parseHeads } from './signed-head.js';

/** Signed heads from elsewhere, and the public keys that are trusted. */
export interface Evidence {
  heads: readonly SignedHead[];
  /** Lines that are no heads. */
  unreadable: number;
  publicKeys: readonly KeyObject[];
}

/**
 * @param headFiles signed heads as NDJSON, as `AUDIT_HEADS_FILE` has them
 * @param publicKeys files or texts, as PEM or base64
 * @throws what cannot be read, or is no public key
 */
export function readEvidence(headFiles: readonly string[], publicKeys: readonly string[]): Evidence {
  const text = headFiles.map((name) => readFileSync(name, 'utf8')).join('');
  return { ...parseHeads(text), publicKeys: publicKeys.map(readPublicKey) };
}

function readPublicKey(text: string): KeyObject {
  const key = /^(-----|MCowBQYDK2VwAyEA)/.test(text) ? text : readFileSync(text, 'utf8');
  const pem = key.includes('-----') ? key : `-----BEGIN PUBLIC KEY-----\n${key.trim()}\n-----END PUBLIC KEY-----`;
  return createPublicKey(pem);
}
