import { and, eq, lt, sql } from 'drizzle-orm';
import { IdempotencyKeyReused } from '../errors.js';
import type { Acceptance, IdempotencyKey } from '../task-store.js';
import { compiled } from './compiled.js';
import type { Engine } from './engine.js';
import { placeholders } from './placeholders.js';
import { idempotencyKeys } from './schema.js';

/** How long a key is remembered, in milliseconds. */
const KEY_LIFETIME_MS = 86_400_000;

const { placeholder } = sql;

/** What calls with an `Idempotency-Key` were answered. Every method runs inside a transaction. */
export class IdempotencyKeys {
  private readonly statements;

  constructor({ db }: Engine) {
    const key = and(eq(idempotencyKeys.tokenId, placeholder('tokenId')), eq(idempotencyKeys.key, placeholder('key')));
    this.statements = compiled({
      find: db.select().from(idempotencyKeys).where(key).prepare(),
      forget: db.delete(idempotencyKeys).where(key).prepare(),
      remember: db
        .insert(idempotencyKeys)
        .values(placeholders('tokenId', 'key', 'requestHash', 'answer', 'createdAt'))
        .prepare(),
      removeOld: db
        .delete(idempotencyKeys)
        .where(lt(idempotencyKeys.createdAt, placeholder('before')))
        .prepare(),
    });
  }

  /** What the key's first call was answered; null when it is new. Throws `IdempotencyKeyReused` for another body. */
  recall({ tokenId, key, requestHash }: IdempotencyKey, now: number): Acceptance[] | null {
    const known = this.statements.find.get({ tokenId, key });
    if (!known) return null;
    if (known.createdAt <= now - KEY_LIFETIME_MS) {
      this.statements.forget.run({ tokenId, key });
      return null;
    }
    if (known.requestHash !== requestHash) throw new IdempotencyKeyReused();
    return JSON.parse(known.answer);
  }

  remember(key: IdempotencyKey, answer: Acceptance[], now: number): void {
    this.statements.remember.run({ ...key, answer: JSON.stringify(answer), createdAt: now });
  }

  removeOld(now: number): void {
    this.statements.removeOld.run({ before: now - KEY_LIFETIME_MS });
  }
}
