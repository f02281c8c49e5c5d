import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  key: Buffer;
  cert: Buffer;
  /** Where the certificate is, for those that are to trust it. */
  file: string;
}

/** A certificate of a server called `name` that nobody has signed but itself. */
export function selfSigned(name: string, folder: string, days = '2'): Certificate {
  const [keyFile, file] = [join(folder, `${name}-${days}.key`), join(folder, `${name}-${days}.pem`)];
  const files = ['-keyout', keyFile, '-out', file, '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', days, ...files], {
    stdio: 'ignore',
  });
  return { key: readFileSync(keyFile), cert: readFileSync(file), file };
}
