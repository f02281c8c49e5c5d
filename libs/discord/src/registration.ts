import type { APIApplication, APIApplicationCommand } from 'discord-api-types/v10';
import { COMMANDS } from './commands.js';
import type { DiscordRest } from './rest.js';

export interface Registration {
  applicationId: string;
  /** As they are called, without the slash. */
  commands: string[];
  /** Null: in every guild that the application is in. */
  guild: string | null;
}

/** Makes Discord's list of the bot's commands be ours, whatever it was. Throws `DiscordFailure`. */
export async function registerCommands(rest: DiscordRest, guild: string | null): Promise<Registration> {
  const { id } = await rest.ask<APIApplication>({ method: 'GET', path: '/applications/@me', asBot: true });
  const where = guild === null ? '' : `/guilds/${guild}`;
  const made = await rest.ask<APIApplicationCommand[]>({
    method: 'PUT',
    path: `/applications/${id}${where}/commands`,
    body: COMMANDS,
    asBot: true,
  });
  return { applicationId: id, commands: made.map(({ name }) => name), guild };
}
