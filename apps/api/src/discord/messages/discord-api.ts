import type { APIMessage } from 'discord-api-types/v10';
import { DiscordFailure, DiscordRest, type SentFile } from '#discord';
import type { DiscordSettings } from '../discord-settings.js';
import { attachmentsOf } from './message-files.js';
import type { MessageBody } from './task-message.js';

/** What became of a message that Discord did not take. */
export type Fate =
  /** The interaction's token is good for nothing any more, or not yet: Discord has not seen our answer. */
  | 'token'
  /** Somebody has deleted the message. */
  | 'deleted'
  /** It never will. */
  | 'refused'
  /** A network, or Discord itself: a later attempt may do. */
  | 'passing';

/** https://discord.com/developers/docs/topics/opcodes-and-status-codes#json-json-error-codes */
const UNKNOWN_MESSAGE = 10008;
const UNKNOWN_WEBHOOK = 10015;
const INVALID_WEBHOOK_TOKEN = 50027;

/** The few calls of Discord's API that messages take. Each throws `DiscordFailure`. */
export class DiscordApi {
  private readonly rest: DiscordRest;

  /** @param stop ends what is under way: it is made up for after the next start */
  constructor(
    private readonly settings: DiscordSettings,
    private readonly stop: AbortSignal,
  ) {
    this.rest = new DiscordRest(settings.botToken, settings.apiUrl);
  }

  get canPost(): boolean {
    return this.settings.botToken !== null;
  }

  /** So that the first message does not wait for it. */
  prepare(): Promise<void> {
    return this.rest.prepare();
  }

  /** Makes the answer to an interaction be this. */
  async edit(token: string, body: MessageBody, files: SentFile[]): Promise<void> {
    const path = `/webhooks/${this.settings.applicationId}/${token}/messages/@original` as const;
    await this.rest.ask({
      method: 'PATCH',
      path,
      body: withFiles(body, files),
      files,
      asBot: false,
      signal: this.stop,
    });
  }

  /** Posts a message; the same `nonce` within minutes answers the first one instead of posting again. */
  post(channelId: string, body: MessageBody, files: SentFile[], nonce: string): Promise<APIMessage> {
    const once = { ...withFiles(body, files), nonce, enforce_nonce: true };
    const path = `/channels/${channelId}/messages` as const;
    return this.rest.ask({ method: 'POST', path, body: once, files, asBot: true, signal: this.stop });
  }
}

const withFiles = (body: MessageBody, files: readonly SentFile[]): MessageBody =>
  files.length === 0 ? body : { ...body, attachments: attachmentsOf(files) };

export function fateOf({ status, code }: DiscordFailure): Fate {
  if (code === UNKNOWN_WEBHOOK || code === INVALID_WEBHOOK_TOKEN) return 'token';
  if (code === UNKNOWN_MESSAGE) return 'deleted';
  return status === null || status >= 500 || status === 429 ? 'passing' : 'refused';
}
