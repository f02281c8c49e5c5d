import { and, asc, eq, gt, inArray, isNotNull, lte } from 'drizzle-orm';
import type { DiscordMessage } from '../../domain/discord-message.js';
import type { DiscordMessageStore, PendingMessage } from '../discord-message-store.js';
import type { Engine } from './engine.js';
import { discordMessages, tasks } from './schema.js';

/** Inside a transaction: what Discord is to be told of the task at `taskSeq`. */
export function expectMessage(engine: Engine, taskSeq: number, message: DiscordMessage): void {
  const { purpose, channelId, interaction, fileBytes } = message;
  const token = { token: interaction?.token ?? null, tokenExpiresAt: interaction?.expiresAt ?? null };
  engine.db
    .insert(discordMessages)
    .values({ taskSeq, purpose, channelId, fileBytes, ...token })
    .run();
  engine.announce({ kind: 'discord' });
}

export class SqliteDiscordMessageStore implements DiscordMessageStore {
  private readonly db;

  constructor(private readonly engine: Engine) {
    this.db = engine.db;
  }

  add(taskId: string, message: DiscordMessage): Promise<boolean> {
    return this.engine.commit(() => {
      const row = this.db.select({ seq: tasks.seq }).from(tasks).where(eq(tasks.id, taskId)).get();
      if (row) expectMessage(this.engine, row.seq, message);
      return row !== undefined;
    });
  }

  async pending(
    purposes: readonly DiscordMessage['purpose'][],
    after: number,
    limit: number,
  ): Promise<PendingMessage[]> {
    const rows = this.engine.read(() =>
      this.db
        .select({ message: discordMessages, taskId: tasks.id })
        .from(discordMessages)
        .innerJoin(tasks, eq(tasks.seq, discordMessages.taskSeq))
        .where(and(gt(discordMessages.seq, after), inArray(discordMessages.purpose, [...purposes])))
        .orderBy(asc(discordMessages.seq))
        .limit(limit)
        .all(),
    );
    return rows.map(({ message, taskId }) => pendingOf(message, taskId));
  }

  forgetToken(seq: number): Promise<void> {
    return this.engine.commit(() => {
      this.db.update(discordMessages).set(NO_TOKEN).where(eq(discordMessages.seq, seq)).run();
    });
  }

  forgetTokens(wall: number): Promise<number> {
    const over = and(isNotNull(discordMessages.token), lte(discordMessages.tokenExpiresAt, wall));
    return this.engine.commit(() => this.db.update(discordMessages).set(NO_TOKEN).where(over).run().changes);
  }

  remove(seq: number): Promise<void> {
    return this.engine.commit(() => {
      this.db.delete(discordMessages).where(eq(discordMessages.seq, seq)).run();
    });
  }
}

const NO_TOKEN = { token: null, tokenExpiresAt: null };

function pendingOf(row: typeof discordMessages.$inferSelect, taskId: string): PendingMessage {
  const { seq, purpose, channelId, token, tokenExpiresAt, fileBytes } = row;
  const interaction = token === null || tokenExpiresAt === null ? null : { token, expiresAt: tokenExpiresAt };
  return { seq, taskId, purpose: purpose as DiscordMessage['purpose'], channelId, interaction, fileBytes };
}
