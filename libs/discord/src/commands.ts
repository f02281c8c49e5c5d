import {
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
} from 'discord-api-types/v10';

type Option = APIApplicationCommandBasicOption;

/** What Discord bounds a string option to, in characters. */
const LONGEST_TEXT = 6000;
const LONGEST_PATH = 4000;
/** What a field of a form takes, in which the text may be shown again. */
const LONGEST_INPUT = 4000;

const text = (name: string, description: string, more: object = {}): Option =>
  ({
    type: ApplicationCommandOptionType.String,
    name,
    description,
    max_length: LONGEST_TEXT,
    ...more,
  }) as Option;
const required = { required: true };
const chosen = { autocomplete: true, max_length: 128 };

const worker = text('worker', 'On this machine only', chosen);
const folder = text('cwd', 'In this folder there', { max_length: LONGEST_PATH });
const path = text('path', 'A path on that machine; ~/ is its home folder', { ...required, max_length: LONGEST_PATH });
const task = text('task', 'Which one: its id, or a recent one of the list', { ...required, ...chosen });
const timeout: Option = {
  type: ApplicationCommandOptionType.Integer,
  name: 'timeout',
  description: 'End it after so many seconds',
  min_value: 1,
  max_value: 86_400,
};

const command = (
  name: string,
  description: string,
  options: (Option | APIApplicationCommandSubcommandOption)[] = [],
): RESTPostAPIChatInputApplicationCommandsJSONBody => ({
  type: ApplicationCommandType.ChatInput,
  name,
  description,
  options: options as RESTPostAPIChatInputApplicationCommandsJSONBody['options'],
});

const sub = (name: string, description: string, options: Option[] = []): APIApplicationCommandSubcommandOption => ({
  type: ApplicationCommandOptionType.Subcommand,
  name,
  description,
  options,
});

const schedule = text('schedule', 'Which one', { ...required, ...chosen });

/** The commands as they are registered with Discord; the server answers each of them by its name. */
export const COMMANDS: readonly RESTPostAPIChatInputApplicationCommandsJSONBody[] = [
  command('run', 'Run a command in the shell of your machine', [
    text('command', 'A line of shell', required),
    worker,
    timeout,
    folder,
  ]),
  command('claude', 'Ask Claude Code on your machine', [
    text('prompt', 'What to ask', required),
    worker,
    timeout,
    folder,
    text('model', 'The model to ask, such as sonnet', { max_length: 128 }),
    text('session', 'Go on with this conversation', chosen),
  ]),
  command('read', 'Read a file of your machine', [path, worker]),
  command('write', 'Write a file of your machine; without content, a form asks for it', [
    path,
    text('content', 'All that the file is to hold'),
    worker,
  ]),
  command('edit', 'Replace a text in a file of your machine; without texts, a form asks for them', [
    path,
    text('old', 'The exact text to replace', { max_length: LONGEST_INPUT }),
    text('new', 'The text to put in its place', { max_length: LONGEST_INPUT }),
    {
      type: ApplicationCommandOptionType.Boolean,
      name: 'all',
      description: 'Replace it everywhere, instead of failing when it is there more than once',
    },
    worker,
  ]),
  command('status', 'How a task stands, or the server', [{ ...task, required: false } as Option]),
  command('tasks', 'The newest tasks', [
    text('status', 'Only those', {
      choices: ['pending', 'running', 'completed', 'failed', 'timed_out', 'cancelled', 'lost', 'expired'].map(
        (status) => ({ name: status, value: status }),
      ),
    }),
    worker,
  ]),
  command('cancel', 'End a task', [task]),
  command('schedule', 'Tasks at set times', [
    sub('list', 'Those there are'),
    sub('add', 'Have a command run again and again', [
      text('name', 'What to call it', { ...required, max_length: 128 }),
      text('cron', "When: such as '0 3 * * *', @daily or '@every 15m'", { ...required, max_length: 256 }),
      text('command', 'A line of shell', required),
      worker,
      text('timezone', 'Whose clock: such as Europe/Berlin (without it, UTC)', { max_length: 64 }),
    ]),
    sub('run', 'Make its task now', [schedule]),
    sub('pause', 'Keep it from making tasks', [schedule]),
    sub('resume', 'Let it go on', [schedule]),
  ]),
  command('workers', 'The machines that take tasks'),
];
