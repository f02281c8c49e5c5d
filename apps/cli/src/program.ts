import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { TASK_STATUSES, TASK_TYPES } from '#contracts';
import { VERSION } from '#version';
import type { Add } from './add-command.js';
import { administration } from './administration.js';
import { claude } from './commands/claude.js';
import { complete, completion, SHELLS } from './commands/completion.js';
import { cp } from './commands/cp.js';
import { doctor } from './commands/doctor.js';
import { cat, edit } from './commands/files.js';
import { login } from './commands/login.js';
import { server, worker } from './commands/programs.js';
import { run } from './commands/run.js';
import { cancel, logs, ls, ps, retry, show, top, wait } from './commands/tasks.js';
import { drain, resume, workers } from './commands/workers.js';
import type { Terminal } from './terminal.js';

const EXIT_CODES = `
Exit codes: that of the command; 124 it took too long, 128+n signal n ended it, 130 it was cancelled, 125 nobody knows how it
ended, 1 the server refused or cannot be reached, 2 wrong usage.`;

const collect = (value: string, all: string[] = []) => [...all, value];

/** The commands of `ocw`; each tells `ended` its exit code. */
export function ocw(terminal: Terminal, ended: (code: number) => void): Command {
  const program = new Command('ocw')
    .description('Run commands on your own machines from anywhere.')
    .version(VERSION)
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
    .enablePositionalOptions()
    .showHelpAfterError('(ocw --help tells more)')
    .addHelpText('after', EXIT_CODES);

  const add: Add = (usage, description, example, parent = program) =>
    parent
      .command(usage)
      .description(description)
      .option('--json', 'machine-readable output')
      .option('-p, --profile <name>', 'one of the profiles kept by `ocw login`')
      .addHelpText('after', `\nExample: ${example}`);

  add('login [url]', 'keep the address of a server and a token for it', 'ocw login https://tasks.example.org').action(
    async (url, options) => ended(await login(terminal, url ?? 'http://127.0.0.1:3456', options)),
  );
  add('doctor', 'find out what keeps commands from running', 'ocw doctor').action(async (options) =>
    ended(await doctor(terminal, options)),
  );
  add(
    'run <command...>',
    'run a command as if it were here',
    "ocw run -w mac --timeout 5m -- make test\n         ocw run 'du -sh ~ | sort -h'",
  )
    .option('-w, --worker <name>', 'on that worker only')
    .option('-t, --tag <tag>', 'on a worker that carries the tag; may be repeated', collect)
    .option('--cwd <folder>', 'in that folder there')
    .option('-e, --env <NAME=VALUE>', 'with that variable; may be repeated', collect)
    .option('--timeout <duration>', 'end it after so long: 90s, 5m, 1h30m (default 1h)')
    .option('-d, --detach', 'print its id and do not wait')
    .option('--no-stdin', 'feed it nothing, even in a pipe')
    .passThroughOptions()
    .action(async (words, options) => ended(await run(terminal, words, options)));
  add('ps', 'what runs and what waits', 'ocw ps').action(async (options) => ended(await ps(terminal, options)));
  add('top', 'the same, live, until Ctrl-C', 'ocw top').action(async (options) => ended(await top(terminal, options)));
  add('ls', 'tasks, newest first', 'ocw ls --status failed -q make')
    .addOption(new Option('--status <status>', 'only those').choices(TASK_STATUSES))
    .addOption(new Option('--type <type>', 'only those').choices(TASK_TYPES))
    .option('-w, --worker <name>', 'only of that worker')
    .option('-q, --q <words>', 'whose command, path or prompt holds the words')
    .option('-n, --limit <count>', 'at most so many (default 20)', countOf)
    .action(async (options) => ended(await ls(terminal, options)));
  add('show <task>', 'all about one task', 'ocw show 0199…').action(async (task, options) =>
    ended(await show(terminal, task, options)),
  );
  add('logs <task>', 'what it has printed', 'ocw logs -f 0199…')
    .option('-f, --follow', 'until it has ended')
    .action(async (task, options) => ended(await logs(terminal, task, options)));
  add('wait <task>', 'wait for its end, and end as it did', 'ocw wait 0199…').action(async (task, options) =>
    ended(await wait(terminal, task, options)),
  );
  add('cancel <tasks...>', 'end tasks', 'ocw cancel 0199…').action(async (tasks, options) =>
    ended(await cancel(terminal, tasks, options)),
  );
  add('retry <task>', 'do it once more, as a new task', 'ocw retry -f 0199…')
    .option('-f, --follow', 'print what the new one prints, until it has ended')
    .action(async (task, options) => ended(await retry(terminal, task, options)));
  add('workers', 'the machines that take tasks', 'ocw workers').action(async (options) =>
    ended(await workers(terminal, options)),
  );
  add('drain <worker>', 'let it finish what it has, and take nothing new', 'ocw drain mac').action(
    async (name, options) => ended(await drain(terminal, name, options)),
  );
  add('resume <worker>', 'let it take tasks again', 'ocw resume mac').action(async (name, options) =>
    ended(await resume(terminal, name, options)),
  );
  add('cat <file>', 'print a file of a worker', 'ocw cat mac:~/notes.txt').action(async (file, options) =>
    ended(await cat(terminal, file, options)),
  );
  add('cp <from> <to>', 'copy a file or a folder from or to a worker', 'ocw cp mac:~/photos ./photos').action(
    async (from, to, options) => ended(await cp(terminal, from, to, options)),
  );
  add('edit <file>', 'edit a file of a worker in $EDITOR', 'ocw edit mac:~/notes.txt').action(async (file, options) =>
    ended(await edit(terminal, file, options)),
  );
  add('claude <prompt>', 'ask Claude Code on a worker', 'ocw claude --continue "and now the tests"')
    .option('-w, --worker <name>', 'on that worker only')
    .option('--cwd <folder>', 'in that folder there')
    .option('--model <name>', 'with that model')
    .option('-c, --continue', 'go on with the newest conversation')
    .option('--session <id>', 'go on with that conversation')
    .option('--timeout <duration>', 'end it after so long (default 30m)')
    .action(async (prompt, options) => ended(await claude(terminal, prompt, options)));

  administration(terminal, ended, add);
  add('worker', 'start a worker on this machine', 'ocw worker').action(async (options) =>
    ended(await worker(terminal, options)),
  );
  add('server', 'start the server, with the settings of the environment', 'WORKER_TOKEN=… ocw server').action(
    async () => ended(await server(terminal)),
  );
  program
    .command('completion')
    .description('print what lets a shell complete commands, tasks, workers and schedules')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', '\nExample: ocw completion bash >> ~/.bashrc')
    .action((shell) => ended(completion(terminal, shell)));
  program
    .command('__complete [words...]', { hidden: true })
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words) => ended(await complete(terminal, program, words)));
  return program;
}

function countOf(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 200)
    throw new InvalidArgumentError('a number from 1 to 200, please');
  return count;
}
