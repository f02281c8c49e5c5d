import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalize } from 'json-canonicalize';
import type { AuditHead, SignedHead } from './chain.js';

/** Names a public key: the first 16 hex digits of the SHA-256 of its DER form. */
export function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
}

export function signHead({ seq, hash }: AuditHead, at: number, epoch: number, privateKey: KeyObject): SignedHead {
  const head = { seq, hash, at, epoch, keyId: keyIdOf(createPublicKey(privateKey)) };
  return { ...head, signature: sign(null, signedBytes(head), privateKey).toString('base64') };
}

export function isSignedBy(publicKey: KeyObject, { signature, ...head }: SignedHead): boolean {
  return verify(null, signedBytes(head), publicKey, Buffer.from(signature, 'base64'));
}

const signedBytes = ({ seq, hash, at, epoch, keyId }: Omit<SignedHead, 'signature'>) =>
  Buffer.from(canonicalize({ seq, hash, at, epoch, keyId }));

/** The heads of an NDJSON text, and how many of its lines are none; a last line that was cut off is left out. */
export function parseHeads(text: string): { heads: SignedHead[]; unreadable: number } {
  const lines = text.split('\n').slice(0, -1);
  const heads = lines.filter((line) => line.trim() !== '').map(parseHead);
  const readable = heads.filter((head) => head !== null);
  return { heads: readable, unreadable: heads.length - readable.length };
}

function parseHead(line: string): SignedHead | null {
  try {
    const { seq, hash, at, epoch, keyId, signature } = JSON.parse(line);
    const numbers = [seq, at, epoch].every(Number.isSafeInteger);
    const texts = [hash, keyId, signature].every((value) => typeof value === 'string');
    return numbers && texts ? { seq, hash, at, epoch, keyId, signature } : null;
  } catch {
    // The caller counts what is no head.
    return null;
  }
}
