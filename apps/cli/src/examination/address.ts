import { RefusedError, UnreachableError } from '#client';

/** What fetch and TLS say of an address that does not work, and what mends it. */
const FIXES: readonly [RegExp, string][] = [
  [/ENOTFOUND|EAI_AGAIN|getaddrinfo/, 'no such host is known: check the name in the address, and the network'],
  [
    /self[- ]signed|unable to (verify|get)|UNABLE_TO|issuer/i,
    'this machine does not trust who signed the certificate: NODE_EXTRA_CA_CERTS=FILE names a root to trust',
  ],
  [/expired|not yet valid/i, 'the certificate is out of date: renew it on the server, and check the clock here'],
  [/altname|does not match/i, 'the certificate is for another name: use the name that it is for'],
  [
    /wrong version number|packet length|SSL|EPROTO/i,
    'it does not speak TLS: the address begins with http://, or has another port',
  ],
  [
    /timed? ?out|no answer in time|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/i,
    'something on the way drops it: a firewall, a VPN, or a machine that is off',
  ],
  [
    /other side closed|socket hang up|ECONNRESET|UND_ERR_SOCKET/i,
    'something else listens there: check the port, and whether it wants https://',
  ],
];

export function addressFix(error: unknown, url: string): string {
  if (error instanceof RefusedError) return `something else answers at ${url}: check the address`;
  const known = error instanceof UnreachableError ? FIXES.find(([pattern]) => pattern.test(wordsOf(error))) : undefined;
  return known?.[1] ?? `start the server, or check the address: ocw login ${url}`;
}

/** What has happened, without where in OpenSSL it did. */
export function reasonOf({ message }: Error): string {
  return message.match(/SSL routines:[^:]*:([^:]+):/)?.[1] ?? message;
}

function wordsOf(error: Error): string {
  const words: string[] = [];
  for (let one: unknown = error; one instanceof Error; one = one.cause)
    words.push(one.message, String((one as { code?: string }).code ?? ''));
  return words.join(' ');
}
