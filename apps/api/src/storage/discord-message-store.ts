import type { DiscordMessage } from '../domain/discord-message.js';

/**
 * What Discord is still to be told of tasks. Messages come with their tasks (`NewTask.discord`, `TaskStore.retry`), in the
 * same transaction; here they are found, and removed once told. Errors: `StorageFull`, `StorageUnavailable`.
 */
export interface DiscordMessageStore {
  /** Of a task that is there already; false when it is not. */
  add(taskId: string, message: DiscordMessage): Promise<boolean>;
  /** Those for one of `purposes` that are numbered above `after`, oldest first, at most `limit`. */
  pending(purposes: readonly DiscordMessage['purpose'][], after: number, limit: number): Promise<PendingMessage[]>;
  /** Forgets the token of a message: it is good for nothing any more. */
  forgetToken(seq: number): Promise<void>;
  /** Forgets every token whose time was over at `wall`; answers how many. */
  forgetTokens(wall: number): Promise<number>;
  /** It was told, or cannot be. */
  remove(seq: number): Promise<void>;
}

export interface PendingMessage extends DiscordMessage {
  /** Its number; later ones have higher ones. */
  seq: number;
  taskId: string;
}
