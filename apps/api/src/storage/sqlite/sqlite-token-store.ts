import { and, desc, eq, isNotNull, isNull, lt } from 'drizzle-orm';
import type { Actor, TokenRole } from '../../domain/actor.js';
import type { Instant } from '../../domain/clock.js';
import type { AuditAction } from '../audit-event.js';
import type { KnownSecret, NewToken, Token, TokenPage, TokenStore, TokenUse } from '../token-store.js';
import type { Engine } from './engine.js';
import { tokenSecrets, tokens } from './schema.js';

export class SqliteTokenStore implements TokenStore {
  private readonly db;

  constructor(private readonly engine: Engine) {
    this.db = engine.db;
  }

  create(token: NewToken, hash: string, actor: Actor, now: Instant): Promise<Token> {
    return this.engine.commit(() => {
      const row = this.db
        .insert(tokens)
        .values({ ...token, createdAt: now.wall })
        .returning()
        .get();
      this.db.insert(tokenSecrets).values({ hash, tokenId: token.id }).run();
      this.record('token.created', row, { expiresAt: row.expiresAt }, actor, now);
      return stored(row);
    });
  }

  async find(id: string): Promise<Token | null> {
    const row = this.engine.read(() => this.rowOf(id));
    return row ? stored(row) : null;
  }

  async list(limit: number, before: string | null): Promise<TokenPage> {
    // Ids are ordered by time. One row more than asked for tells whether there is a further page.
    const rows = this.engine.read(() =>
      this.db
        .select()
        .from(tokens)
        .where(before === null ? undefined : lt(tokens.id, before))
        .orderBy(desc(tokens.id))
        .limit(limit + 1)
        .all(),
    );
    const page = rows.slice(0, limit);
    return { tokens: page.map(stored), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
  }

  async secrets(): Promise<KnownSecret[]> {
    const rows = this.engine.read(() =>
      this.db.select().from(tokenSecrets).innerJoin(tokens, eq(tokens.id, tokenSecrets.tokenId)).all(),
    );
    return rows.map(({ token_secrets: { hash, validUntil }, tokens: row }) => ({
      hash,
      token: stored(row),
      validUntil,
    }));
  }

  rotate(
    id: string,
    hash: string,
    previousValidUntil: number | null,
    actor: Actor,
    now: Instant,
  ): Promise<Token | null> {
    return this.engine.commit(() => {
      const row = this.db.update(tokens).set({ rotatedAt: now.wall }).where(eq(tokens.id, id)).returning().get();
      if (!row) return null;
      const ofToken = eq(tokenSecrets.tokenId, id);
      this.db
        .delete(tokenSecrets)
        .where(previousValidUntil === null ? ofToken : and(ofToken, isNotNull(tokenSecrets.validUntil)))
        .run();
      this.db
        .update(tokenSecrets)
        .set({ validUntil: previousValidUntil })
        .where(and(ofToken, isNull(tokenSecrets.validUntil)))
        .run();
      this.db.insert(tokenSecrets).values({ hash, tokenId: id }).run();
      this.record('token.rotated', row, { previousValidUntil }, actor, now);
      return stored(row);
    });
  }

  revoke(id: string, actor: Actor, now: Instant): Promise<boolean> {
    return this.engine.commit(() => {
      const row = this.db.delete(tokens).where(eq(tokens.id, id)).returning().get();
      if (!row) return false;
      this.record('token.revoked', row, {}, actor, now);
      return true;
    });
  }

  touch(uses: readonly TokenUse[]): Promise<void> {
    return this.engine.commit(() => {
      for (const { id, at, ip } of uses) {
        this.db.update(tokens).set({ lastUsedAt: at, lastUsedIp: ip }).where(eq(tokens.id, id)).run();
      }
    });
  }

  private rowOf(id: string): TokenRow | undefined {
    return this.db.select().from(tokens).where(eq(tokens.id, id)).get();
  }

  private record(action: AuditAction, { id, name, role }: TokenRow, detail: object, actor: Actor, now: Instant): void {
    const event = { action, target: id, taskId: null, outcome: 'success', detail: { name, role, ...detail } } as const;
    this.engine.audit.append(event, actor, now.wall);
  }
}

type TokenRow = typeof tokens.$inferSelect;

const stored = (row: TokenRow): Token => ({ ...row, role: row.role as TokenRole });
