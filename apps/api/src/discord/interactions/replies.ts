import {
  type APIApplicationCommandOptionChoice,
  type APIInteractionResponse,
  type APIModalInteractionResponseCallbackData,
  ComponentType,
  InteractionResponseType,
  MessageFlags,
  TextInputStyle,
} from 'discord-api-types/v10';
import { ApiError } from '../../http/problem.js';
import { cut, LONGEST_CONTENT, NO_MENTIONS } from '../messages/message-text.js';

/** The longest custom id: https://discord.com/developers/docs/components/reference#anatomy-of-a-component-custom-id. */
export const LONGEST_CUSTOM_ID = 100;
/** What a field of a form takes: https://discord.com/developers/docs/components/reference#text-input. */
const LONGEST_INPUT = 4000;
const MOST_CHOICES = 25;
const LONGEST_CHOICE = 100;

export const PONG: APIInteractionResponse = { type: InteractionResponseType.Pong };
/** The message of a button stays as it is; what becomes of its task is told there anyway. */
export const NOTED: APIInteractionResponse = { type: InteractionResponseType.DeferredMessageUpdate };

/** A message follows, within 15 minutes. */
export function later(ephemeral = false): APIInteractionResponse {
  const type = InteractionResponseType.DeferredChannelMessageWithSource;
  return ephemeral ? { type, data: { flags: MessageFlags.Ephemeral } } : { type };
}

/** A message for the one who asked, and for nobody else. */
export function told(content: string): APIInteractionResponse {
  return {
    type: InteractionResponseType.ChannelMessageWithSource,
    data: { content: cut(content, LONGEST_CONTENT), flags: MessageFlags.Ephemeral, allowed_mentions: NO_MENTIONS },
  };
}

export function choices(all: readonly { name: string; value: string }[]): APIInteractionResponse {
  const fitting = all.filter(({ value }) => value.length <= LONGEST_CHOICE).slice(0, MOST_CHOICES);
  const shown: APIApplicationCommandOptionChoice[] = fitting.map(({ name, value }) => ({
    name: cut(name, LONGEST_CHOICE),
    value,
  }));
  return { type: InteractionResponseType.ApplicationCommandAutocompleteResult, data: { choices: shown } };
}

export interface FormField {
  id: string;
  label: string;
  /** What stands in it at first. */
  value?: string;
  /** A line instead of a paragraph. */
  short?: boolean;
  optional?: boolean;
}

/** A form that asks for texts. Throws `validation_failed` for a text that a field cannot hold: a part of it would be another. */
export function form(customId: string, title: string, fields: readonly FormField[]): APIInteractionResponse {
  for (const { label, value = '' } of fields) {
    if (value.length > LONGEST_INPUT)
      throw new ApiError(
        'validation_failed',
        `“${label}” is longer than the ${LONGEST_INPUT} characters that a form takes: give all texts with the command`,
      );
  }
  const data: APIModalInteractionResponseCallbackData = {
    custom_id: customId,
    title,
    components: fields.map(({ id, label, value, short, optional }) => ({
      type: ComponentType.Label,
      label,
      component: {
        type: ComponentType.TextInput,
        custom_id: id,
        style: short ? TextInputStyle.Short : TextInputStyle.Paragraph,
        required: !optional,
        max_length: LONGEST_INPUT,
        ...(value === undefined || value === '' ? {} : { value }),
      },
    })),
  };
  return { type: InteractionResponseType.Modal, data };
}
