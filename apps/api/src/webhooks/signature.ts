import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** 256 random bits, as Standard Webhooks writes them. */
export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/**
 * The headers by which a receiver knows a message, when this attempt was made, and that it is from here: a signature for
 * each of `secrets`, so that both are good while one replaces the other. https://www.standardwebhooks.com
 */
export function signatureHeaders(id: string, body: string, secrets: readonly string[], at: number) {
  const signatures = secrets.map((secret) => new Webhook(secret).sign(id, new Date(at), body));
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at / 1000)),
    'webhook-signature': signatures.join(' '),
  };
}
