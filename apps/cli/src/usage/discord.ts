import { notify, registerCommands } from '../commands/discord.js';
import type { Usage } from './usage.js';

/** The commands for Discord. */
export function discord({ terminal, ended, add }: Usage): void {
  const examples = ['ocw notify 1180000000000000001 the backup is done', 'ocw notify 1180000000000000001 < report.txt'];
  add('notify <channel> [words...]', 'post to a channel of Discord', examples).action(async (channel, words, options) =>
    ended(await notify(terminal, channel, words, options)),
  );
  const group = add('discord', 'set up Discord', ['ocw discord register']);
  add(
    'register',
    'tell Discord of the commands, with the token of its bot from DISCORD_BOT_TOKEN or typed in',
    ['ocw discord register', 'ocw discord register --guild 1180000000000000009'],
    group,
  )
    .option('--guild <id>', 'in that Discord server only, where they show at once')
    .action(async (options) => ended(await registerCommands(terminal, options)));
}
