import { createHash } from 'node:crypto';
import type { APIInteraction, APIUser } from 'discord-api-types/v10';
import type { Actor } from '../../domain/actor.js';
import { type DiscordMessage, FILE_BYTES } from '../../domain/discord-message.js';
import type { Call } from '../../http/call.js';
import type { IdempotencyKey } from '../../storage/task-store.js';

/** How long an interaction may be followed up: https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages. */
const TOKEN_LIFE_MS = 15 * 60_000;
/** Milliseconds since the Unix epoch at which Discord's ids begin: https://discord.com/developers/docs/reference#snowflakes. */
const DISCORD_EPOCH = 1_420_070_400_000;

/** Somebody's wish, with what answering it takes. */
export interface Asked {
  call: Call;
  /** Makes the same interaction, coming twice, do its work once. */
  key: IdempotencyKey;
  /** The message that answers it, once it has been deferred. */
  answer(purpose: DiscordMessage['purpose']): DiscordMessage;
}

/** Who acts: a person of Discord, with what a token of the role `client` may do. */
export function actorOf({ member, user }: APIInteraction, origin: Origin): Actor {
  const who = (member?.user ?? user) as APIUser;
  // By its own form: nobody can choose a name that passes for a token's.
  return { id: `discord:${who.id}`, name: `discord:${who.username}`, role: 'client', ...origin };
}

export type Origin = Pick<Actor, 'ip' | 'userAgent' | 'requestId'>;

export function askedBy(interaction: APIInteraction, origin: Origin): Asked {
  const actor = actorOf(interaction, origin);
  const { id, token, channel, attachment_size_limit: fileBytes = FILE_BYTES } = interaction;
  const requestHash = createHash('sha256')
    .update(JSON.stringify(interaction.data ?? null))
    .digest('hex');
  const channelId = channel?.id ?? '';
  const interactionToken = { token, expiresAt: createdAt(id) + TOKEN_LIFE_MS };
  return {
    // What was asked is done, whether or not somebody still waits for the answer.
    call: { actor, gone: new AbortController().signal },
    key: { tokenId: actor.id, key: id, requestHash },
    answer: (purpose) => ({ purpose, channelId, interaction: interactionToken, fileBytes }),
  };
}

const createdAt = (id: string): number => Number(BigInt(id) >> 22n) + DISCORD_EPOCH;
