import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const tokens = sqliteTable('tokens', {
  id: text().primaryKey(),
  name: text().notNull(),
  role: text().notNull(),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at'),
  rotatedAt: integer('rotated_at'),
  lastUsedAt: integer('last_used_at'),
  lastUsedIp: text('last_used_ip'),
});

/** The secrets that a token is known by: one, and for the grace of a rotation the one before it. */
export const tokenSecrets = sqliteTable('token_secrets', {
  /** SHA-256 of the secret, in hex; the secret itself is kept nowhere. */
  hash: text().primaryKey(),
  tokenId: text('token_id')
    .notNull()
    .references(() => tokens.id, { onDelete: 'cascade' }),
  /** When a replaced one stops; null for the current one, which lasts as long as its token. */
  validUntil: integer('valid_until'),
});
