import {
  type APIChatInputApplicationCommandInteraction,
  type APIInteraction,
  type APIInteractionResponse,
  ApplicationCommandType,
  InteractionType,
} from 'discord-api-types/v10';
import type { GatheredDenials } from '../../auth/gathered-denials.js';
import { ApiError } from '../../http/problem.js';
import { IdempotencyKeyReused, QueueFull, StorageFull, StorageUnavailable } from '../../storage/errors.js';
import type { DiscordSettings } from '../discord-settings.js';
import { mayAct } from './allowance.js';
import type { Buttons } from './buttons.js';
import type { Completion } from './completion.js';
import type { Forms } from './forms.js';
import { actorOf, askedBy, type Origin } from './interaction.js';
import { choices, PONG, told } from './replies.js';
import type { SlashCommands } from './slash-commands.js';

/** What people do in Discord, by kind. */
export interface Kinds {
  commands: SlashCommands;
  completion: Completion;
  buttons: Buttons;
  forms: Forms;
}

const NOT_ALLOWED =
  'You may not use this here. Whoever runs the server says who may: DISCORD_ALLOWED_USERS, _ROLES and _CHANNELS.';

/** Answers interactions that are known to be Discord's. */
export class Interactions {
  constructor(
    private readonly settings: DiscordSettings,
    private readonly kinds: Kinds,
    private readonly denials: GatheredDenials,
  ) {}

  async answer(interaction: APIInteraction, origin: Origin): Promise<APIInteractionResponse> {
    if (interaction.type === InteractionType.Ping) return PONG;
    const completes = interaction.type === InteractionType.ApplicationCommandAutocomplete;
    if (!mayAct(interaction, this.settings.allowed)) {
      this.noteDenial(interaction, origin);
      return completes ? choices([]) : told(NOT_ALLOWED);
    }
    try {
      return await this.act(interaction, origin);
    } catch (error) {
      const words = wordsFor(error);
      if (words === null) throw error;
      return completes ? choices([]) : told(words);
    }
  }

  private async act(interaction: APIInteraction, origin: Origin): Promise<APIInteractionResponse> {
    const { commands, completion, buttons, forms } = this.kinds;
    switch (interaction.type) {
      case InteractionType.ApplicationCommandAutocomplete:
        return completion.answer(interaction);
      case InteractionType.ApplicationCommand:
        if (!isSlashCommand(interaction)) return told('This server takes slash commands only.');
        return commands.answer(interaction, askedBy(interaction, origin));
      case InteractionType.MessageComponent:
        return buttons.answer(interaction.data.custom_id, askedBy(interaction, origin));
      case InteractionType.ModalSubmit:
        return forms.answer(interaction, askedBy(interaction, origin));
      default:
        return told('This server does not know this kind of interaction.');
    }
  }

  private noteDenial(interaction: APIInteraction, origin: Origin): void {
    const actor = actorOf(interaction, origin);
    const target = 'POST /discord/interactions';
    const detail = { channel: interaction.channel?.id ?? null };
    this.denials.note({ action: 'auth.forbidden', kind: actor.id, actor, target, detail });
  }
}

function isSlashCommand(interaction: APIInteraction): interaction is APIChatInputApplicationCommandInteraction {
  return (interaction as APIChatInputApplicationCommandInteraction).data?.type === ApplicationCommandType.ChatInput;
}

/** What a person is told of an error; null for one that is nobody's but ours. */
function wordsFor(error: unknown): string | null {
  if (error instanceof ApiError && error.status < 500) return error.message;
  const known = [QueueFull, StorageFull, IdempotencyKeyReused].some((type) => error instanceof type);
  if (known) return (error as Error).message;
  return error instanceof StorageUnavailable
    ? 'The storage of the server cannot be reached. Try again in a moment.'
    : null;
}
