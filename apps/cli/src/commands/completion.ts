import type { Command } from 'commander';
import type { OpenClawClient } from '#client';
import { EXIT } from '../exit-codes.js';
import { openSession } from '../session.js';
import type { Terminal } from '../terminal.js';

/** What each shell is to run; all of them ask `ocw __complete` with the words up to the cursor, the last one unfinished. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_ocw() {
  local IFS=$'\\n'
  COMPREPLY=($(ocw __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _ocw ocw
`,
  zsh: `#compdef ocw
_ocw() {
  local -a found
  found=("\${(@f)$(ocw __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -- $found
}
compdef _ocw ocw
`,
  fish: `complete -c ocw -f -a '(ocw __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
};

export const SHELLS = Object.keys(SCRIPTS);

export function completion({ stdout }: Terminal, shell: string): number {
  stdout.write(SCRIPTS[shell] ?? '');
  return EXIT.ok;
}

const TASKS = 20;
/** What the server knows that can stand for an argument, or for the value of an option, of that name. */
const LIVE: Readonly<Record<string, (client: OpenClawClient) => Promise<string[]>>> = {
  task: async (client) => (await client.tasks.list({}, { limit: TASKS })).items.map(({ id }) => id),
  worker: async (client) => (await client.workers.list()).map(({ name }) => name),
  schedule: async (client) => (await client.schedules.list()).items.map(({ name }) => name),
  token: async (client) => (await client.tokens.list()).map(({ name }) => name),
};

/** Prints what the last of `words` can become, a line each; nothing when the server cannot be asked. */
export async function complete(terminal: Terminal, program: Command, words: readonly string[]): Promise<number> {
  const typed = words.at(-1) ?? '';
  const found = await candidates(terminal, program, words.slice(0, -1), typed).catch(() => []);
  for (const word of found.filter((one) => one.startsWith(typed))) terminal.stdout.write(`${word}\n`);
  return EXIT.ok;
}

async function candidates(
  terminal: Terminal,
  program: Command,
  before: readonly string[],
  typed: string,
): Promise<string[]> {
  let command = program;
  for (const word of before) command = command.commands.find((inner) => inner.name() === word) ?? command;
  const visible = command.commands.map((inner) => inner.name()).filter((name) => !name.startsWith('__'));
  const options = command.options.flatMap(({ short, long }) => [short, long].filter((name) => name !== undefined));
  if (typed.startsWith('-')) return options;
  const option = command.options.find(({ short, long }) => [short, long].includes(before.at(-1)));
  if (option?.required) return option.argChoices ?? (await live(terminal, option.attributeName()));
  const [argument] = command.registeredArguments;
  return [...visible, ...(argument ? (argument.argChoices ?? (await live(terminal, argument.name()))) : [])];
}

async function live(terminal: Terminal, name: string): Promise<string[]> {
  const ask = LIVE[name.replace(/s$/, '')];
  return ask ? ask(openSession(terminal, {}).client) : [];
}
