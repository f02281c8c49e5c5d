import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readSigningKey } from './signing-key.js';

const { privateKey } = generateKeyPairSync('ed25519');
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const der = privateKey.export({ type: 'pkcs8', format: 'der' });
const seed = der.subarray(-32);

const folder = mkdtempSync(join(tmpdir(), 'signing-key-'));
afterAll(() => rmSync(folder, { recursive: true }));
const inFile = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('readSigningKey', () => {
  it.each([
    ['PEM', pem],
    ['PEM on one line', pem.replaceAll('\n', '\\n')],
    ['PKCS8 in base64', der.toString('base64')],
    ['a seed in base64', seed.toString('base64')],
    ['a seed in base64url', seed.toString('base64url')],
    ['a seed in hex', seed.toString('hex')],
    ['a file of PEM', inFile('key.pem', pem)],
    ['a file of base64', inFile('key.txt', `${seed.toString('base64')}\n`)],
  ])('takes %s', (_, text) => {
    expect(readSigningKey(text).equals(privateKey)).toBe(true);
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  it.each([
    ['another kind of key', rsa.toString()],
    ['a public key', '-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----'],
    ['a password', 'correct horse battery staple'],
    ['a short seed', seed.subarray(1).toString('hex')],
    ['a path that is not there', join(folder, 'none.pem')],
    ['a folder', folder],
    ['a file of something else', inFile('notes', 'hello')],
  ])('refuses %s, and does not repeat it', (_, text) => {
    expect(() => readSigningKey(text)).toThrow(/Ed25519|cannot be read/);
    expect(createPrivateKey(pem).asymmetricKeyType).toBe('ed25519');
  });
});
