import { createPrivateKey, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

/** PKCS8 of an Ed25519 key, up to the 32 bytes of its seed (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SEED_BYTES = 32;

/**
 * The Ed25519 private key that `text` is, or that stands in the file which it names: PEM (also with `\n` written out),
 * base64 of PKCS8, or 32 bytes in hex or base64. Throws a sentence that says what is wrong.
 */
export function readSigningKey(text: string): KeyObject {
  const isFile = !text.includes('-----') && existsSync(text);
  const key = isFile ? parse(contentOf(text)) : parse(text);
  if (key === null) throw new Error(isFile ? `${text} holds no Ed25519 private key` : 'it is no Ed25519 private key');
  return key;
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function parse(text: string): KeyObject | null {
  if (text.includes('-----BEGIN')) return privateKey({ key: text.replaceAll('\\n', '\n'), format: 'pem' });
  const bytes = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : fromBase64(text);
  const der = bytes?.length === SEED_BYTES ? Buffer.concat([PKCS8_PREFIX, bytes]) : bytes;
  return der && privateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/** Of either alphabet. */
function fromBase64(text: string): Buffer | null {
  return /^[A-Za-z0-9+/_-]{43,}={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null;
}

function privateKey(input: Parameters<typeof createPrivateKey>[0]): KeyObject | null {
  try {
    const key = createPrivateKey(input);
    return key.asymmetricKeyType === 'ed25519' ? key : null;
  } catch {
    // The caller says what would be right; the reasons of OpenSSL help nobody.
    return null;
  }
}
