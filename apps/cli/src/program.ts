import { Command } from 'commander';
import { VERSION } from '#version';
import type { Terminal } from './terminal.js';
import { administration } from './usage/administration.js';
import { discord } from './usage/discord.js';
import { files } from './usage/files.js';
import { machines } from './usage/machines.js';
import { setup } from './usage/setup.js';
import { tasks } from './usage/tasks.js';
import type { Usage } from './usage/usage.js';

const EXAMPLES = [
  'ocw login https://tasks.example.org',
  'ocw run -- uname -a',
  'ocw cp mac:~/notes.txt .',
  'ocw run --help',
];

const EXIT_CODES = `
Exit codes: that of the command; 124 it took too long, 128+n signal n ended it, 130 it was
cancelled, 125 nobody knows how it ended, 1 the server refused or cannot be reached, 2 wrong usage.`;

/** The commands of `ocw`; each tells `ended` its exit code. */
export function ocw(terminal: Terminal, ended: (code: number) => void): Command {
  const program = new Command('ocw')
    .description('Run commands on your own machines from anywhere.')
    .version(VERSION)
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'ocw: ')),
    })
    .enablePositionalOptions()
    .showHelpAfterError('(ocw --help tells more)')
    .addHelpText('after', exampleText(EXAMPLES) + EXIT_CODES);
  const add: Usage['add'] = (words, description, examples, parent = program) => {
    const command = parent.command(words);
    return command
      .description(description)
      .option('--json', 'print what a program can read')
      .option('-p, --profile <name>', 'one of the profiles kept by ocw login')
      .showHelpAfterError(`(${pathOf(command)} --help tells more)`)
      .addHelpText('after', exampleText(examples));
  };
  const usage = { terminal, ended, add };
  program.commandsGroup('Tasks:');
  tasks(usage);
  program.commandsGroup('Files:');
  files(usage);
  program.commandsGroup('Machines:');
  machines(usage);
  program.commandsGroup('Administration:');
  administration(usage);
  discord(usage);
  program.commandsGroup('Setup:');
  setup(usage, program);
  program.helpCommand('help [command]', 'the same as --help of that command');
  return program;
}

const exampleText = (examples: readonly string[]) =>
  `\nExample${examples.length > 1 ? 's' : ''}:\n${examples.map((example) => `  ${example}\n`).join('')}`;

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
