import { type Command, Option } from 'commander';
import { TASK_STATUSES, TASK_TYPES } from '#contracts';
import { claude } from '../commands/claude.js';
import { run } from '../commands/run.js';
import { cancel, logs, ls, ps, retry, show, wait } from '../commands/tasks.js';
import { top } from '../commands/top.js';
import { timeOf } from '../times.js';
import { countOf } from './numbers.js';
import { collect, type Usage } from './usage.js';

/** The commands that run something and look at what runs. */
export function tasks({ terminal, ended, add }: Usage): void {
  add('run <command...>', 'run a command as if it were here', [
    'ocw run -- make test',
    'ocw run -w mac --cwd ~/work --timeout 5m -- npm test',
    "ocw run 'du -sh ~/* | sort -h'",
    "ocw run 'wc -l' < notes.txt",
  ])
    .option('-w, --worker <name>', 'on that worker only')
    .option('-t, --tag <tag>', 'on a worker that carries the tag; may be repeated', collect)
    .option('--cwd <folder>', 'in that folder there')
    .option('-e, --env <NAME=VALUE>', 'with that variable; may be repeated', collect)
    .option('--timeout <duration>', 'end it after so long: 90s, 5m, 1h30m (default 1h)')
    .option('--webhook <url>', 'tell that URL of its end')
    .option('-d, --detach', 'print its id and do not wait')
    .option('--no-stdin', 'feed it nothing, even in a pipe')
    .passThroughOptions()
    .action(async (words, options) => ended(await run(terminal, words, options)));
  claudeUsage({ terminal, ended, add });
  add('ps', 'what runs and what waits', ['ocw ps']).action(async (options) => ended(await ps(terminal, options)));
  add('top', 'what runs, waits and has ended, live', ['ocw top']).action(async (options) =>
    ended(await top(terminal, options)),
  );
  filtered(
    add('ls', 'tasks, newest first', ['ocw ls --status failed --from 2h', 'ocw ls -w mac -q make -n 100']),
  ).action(async (options) => ended(await ls(terminal, options)));
  add('show <task>', 'all about one task', ['ocw show 01a2…']).action(async (task, options) =>
    ended(await show(terminal, task, options)),
  );
  add('logs <task>', 'what it has printed', ['ocw logs 01a2…', 'ocw logs -f 01a2…'])
    .option('-f, --follow', 'until it has ended')
    .action(async (task, options) => ended(await logs(terminal, task, options)));
  add('wait <task>', 'wait for its end, and end as it did', ['ocw wait 01a2… && echo it went well']).action(
    async (task, options) => ended(await wait(terminal, task, options)),
  );
  add('cancel <tasks...>', 'end tasks', ['ocw cancel 01a2…']).action(async (ids, options) =>
    ended(await cancel(terminal, ids, options)),
  );
  add('retry <task>', 'do it once more, as a new task', ['ocw retry -f 01a2…'])
    .option('-f, --follow', 'print what the new one prints, until it has ended')
    .action(async (task, options) => ended(await retry(terminal, task, options)));
}

function claudeUsage({ terminal, ended, add }: Usage): void {
  add('claude [prompt]', 'ask Claude Code on a worker; without a prompt, again and again', [
    'ocw claude "what does this repository do?" --cwd ~/work',
    'ocw claude --continue "and now the tests"',
    'ocw claude',
    'ocw claude < prompt.txt',
  ])
    .option('-w, --worker <name>', 'on that worker only')
    .option('--cwd <folder>', 'in that folder there')
    .option('--model <name>', 'with that model')
    .option('-c, --continue', 'go on with the newest conversation')
    .option('--session <id>', 'go on with that conversation')
    .option('--timeout <duration>', 'end an answer after so long (default 30m)')
    .action(async (prompt, options) => ended(await claude(terminal, prompt, options)));
}

const filtered = (command: Command) =>
  command
    .addOption(new Option('--status <status>', 'only those').choices(TASK_STATUSES))
    .addOption(new Option('--type <type>', 'only those').choices(TASK_TYPES))
    .option('-w, --worker <name>', 'only of that worker')
    .option('--schedule <name>', 'only of that schedule, by name or id')
    .option('-q, --q <words>', 'whose command, path or prompt holds the words')
    .option('--from <time>', 'submitted since: 2026-05-01, 2026-05-01T12:00, or 2h (ago)', timeOf)
    .option('--to <time>', 'submitted until then', timeOf)
    .option('-n, --limit <count>', 'at most so many (default 20)', countOf);
