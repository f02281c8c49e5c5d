import type { DiscordRest } from '#discord';
import { EXIT } from '../exit-codes.js';
import { Failure } from '../failure.js';
import { readSecret } from '../secret-input.js';
import { type CommonOptions, openSession, printJson } from '../session.js';
import { say, type Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

/** Tells Discord of the commands that the server answers, in the place of those that it knew. */
export async function registerCommands(
  terminal: Terminal,
  { guild, json }: CommonOptions & { guild?: string },
): Promise<number> {
  if (guild !== undefined && !/^\d{17,20}$/.test(guild))
    throw new UsageError(`${guild} is no id of a Discord server: 17 to 20 digits, which a right click there copies`);
  const token = terminal.env.DISCORD_BOT_TOKEN || (await readSecret(terminal, 'Bot token:'));
  if (token === '') throw new UsageError('no bot token was given: type it, or pipe it in, or set DISCORD_BOT_TOKEN');
  // Only here: every other command would wait for it to be loaded.
  const discord = await import('#discord');
  const rest = new discord.DiscordRest(token, terminal.env.DISCORD_API_URL || undefined);
  const registered = await discord.registerCommands(rest as DiscordRest, guild ?? null).catch((error: unknown) => {
    if (!(error instanceof discord.DiscordFailure)) throw error;
    throw new Failure(error.message + fixOf(error.status, guild));
  });
  const { applicationId, commands } = registered;
  if (json) printJson(terminal, registered);
  else {
    const where = guild === undefined ? 'everywhere' : `in the Discord server ${guild}`;
    terminal.stdout.write(`Registered ${commands.map((name) => `/${name}`).join(' ')}\n`);
    say(
      terminal,
      `of the application ${applicationId}, ${where}; in an app that is open they may take a restart to show`,
    );
  }
  return EXIT.ok;
}

function fixOf(status: number | null, guild: string | undefined): string {
  if (status === 401)
    return "; the bot token is not one of Discord's any more: the page Bot of the portal makes another";
  if ((status === 403 || status === 404) && guild !== undefined)
    return `; the application is not in the Discord server ${guild}, or may not have commands there: docs/discord.md invites it`;
  return '';
}

/** Posts to a channel, through the server; without words, what standard input says. */
export async function notify(
  terminal: Terminal,
  channel: string,
  words: readonly string[],
  options: CommonOptions,
): Promise<number> {
  const { client, json } = openSession(terminal, options);
  const message = words.length > 0 ? words.join(' ') : await readAll(terminal);
  if (message.trim() === '') throw new UsageError('there is nothing to post: give some words, or pipe them in');
  const notified = await client.notify(channel, message);
  if (json) printJson(terminal, notified);
  else say(terminal, `posted as ${notified.messageId}`);
  return EXIT.ok;
}

async function readAll({ stdin }: Terminal): Promise<string> {
  if (stdin.isTTY) return '';
  let text = '';
  for await (const chunk of stdin.setEncoding('utf8')) text += chunk;
  return text;
}
