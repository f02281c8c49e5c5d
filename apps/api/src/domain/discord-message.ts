/** What Discord is told of a task, and where. */
export interface DiscordMessage {
  /**
   * - `progress`: what it prints, live, and how it has ended
   * - `end`: how it has ended
   * - `output`: all that it has printed, once
   */
  purpose: 'progress' | 'end' | 'output';
  channelId: string;
  /** The interaction that this answers, for as long as its token is good; null: a message of its own in the channel. */
  interaction: { token: string; expiresAt: number } | null;
  /** How large the files of a message may be there, in bytes together. */
  fileBytes: number;
}

/** The size that files of a message may have where nothing else is known, in bytes together. */
export const FILE_BYTES = 10 * 1_048_576;

/** The message for a task that names a channel to be told of its end; null for one that does not. */
export function messageOfEnd(channelId: string | undefined): DiscordMessage | null {
  return channelId === undefined ? null : { purpose: 'end', channelId, interaction: null, fileBytes: FILE_BYTES };
}
