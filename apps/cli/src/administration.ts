import { InvalidArgumentError, Option } from 'commander';
import { AUDIT_ACTION_NAMES, AUDIT_OUTCOMES, MISFIRES, OVERLAPS, TOKEN_ROLES } from '#contracts';
import type { Add } from './add-command.js';
import { exportAudit, listAudit, verifyAudit } from './commands/audit.js';
import {
  addSchedule,
  enableSchedule,
  listSchedules,
  removeSchedule,
  runSchedule,
  showSchedule,
} from './commands/schedules.js';
import { addToken, listTokens, revokeToken, rotateToken } from './commands/tokens.js';
import type { Terminal } from './terminal.js';

type Ended = (code: number) => void;

/** The commands that look after schedules, tokens and the audit. */
export function administration(terminal: Terminal, ended: Ended, add: Add): void {
  schedules(terminal, ended, add);
  tokens(terminal, ended, add);
  audit(terminal, ended, add);
}

function schedules(terminal: Terminal, ended: Ended, add: Add): void {
  const schedule = add('schedule', 'tasks at set times', 'ocw schedule').action(async (options) =>
    ended(await listSchedules(terminal, options)),
  );
  add('add <name> <cron> <command...>', 'make one', "ocw schedule add nightly '0 3 * * *' -- make backup", schedule)
    .option('--timezone <zone>', 'of the cron pattern (default: that of this machine)')
    .option('-w, --worker <name>', 'on that worker only')
    .addOption(new Option('--overlap <what>', 'while an earlier task of it is unfinished').choices(OVERLAPS))
    .addOption(new Option('--misfire <what>', 'of fires that the server was not there for').choices(MISFIRES))
    .action(async (name, cron, words, options) => ended(await addSchedule(terminal, name, cron, words, options)));
  add('show <schedule>', 'one, with its next times', 'ocw schedule show nightly', schedule).action(
    async (which, options) => ended(await showSchedule(terminal, which, options)),
  );
  for (const [name, enabled] of [
    ['pause', false],
    ['resume', true],
  ] as const) {
    add(
      `${name} <schedule>`,
      enabled ? 'let it go on' : 'keep it from making tasks',
      `ocw schedule ${name} nightly`,
      schedule,
    ).action(async (which, options) => ended(await enableSchedule(terminal, which, enabled, options)));
  }
  add('run <schedule>', 'make its task now', 'ocw schedule run nightly', schedule).action(async (which, options) =>
    ended(await runSchedule(terminal, which, options)),
  );
  add('rm <schedule>', 'remove one', 'ocw schedule rm nightly', schedule).action(async (which, options) =>
    ended(await removeSchedule(terminal, which, options)),
  );
}

function tokens(terminal: Terminal, ended: Ended, add: Add): void {
  const group = add('tokens', 'who may call the server', 'ocw tokens').action(async (options) =>
    ended(await listTokens(terminal, options)),
  );
  add('add <name>', 'make one, and show it this once', 'ocw tokens add phone --role client --expires 30d', group)
    .addOption(new Option('--role <role>', 'what it is good for').choices(TOKEN_ROLES).default('client'))
    .option('--expires <duration>', 'ends by itself after so long')
    .action(async (name, options) => ended(await addToken(terminal, name, options.role, options)));
  add('rotate <token>', 'give it a new secret, and show that this once', 'ocw tokens rotate phone --grace 1h', group)
    .option('--grace <duration>', 'the old secret is good for so long as well')
    .action(async (which, options) => ended(await rotateToken(terminal, which, options)));
  add('revoke <token>', 'end it at once', 'ocw tokens revoke phone', group).action(async (which, options) =>
    ended(await revokeToken(terminal, which, options)),
  );
}

function audit(terminal: Terminal, ended: Ended, add: Add): void {
  const filtered = (command: ReturnType<Add>) =>
    command
      .addOption(new Option('--action <action>', 'only those').choices(AUDIT_ACTION_NAMES))
      .addOption(new Option('--outcome <outcome>', 'only those').choices(AUDIT_OUTCOMES))
      .option('--actor <name>', 'only of that token, by name or id')
      .option('--task-id <task>', 'only of that task')
      .option('--from <time>', 'not before: 2026-05-01, 2026-05-01T12:00Z', timeOf)
      .option('--to <time>', 'not after', timeOf)
      .option('-q, --q <words>', 'whose action, target or detail holds the words');
  const group = filtered(add('audit', 'what was done, newest first', 'ocw audit --action task.submitted -n 50'))
    .option('-n, --limit <count>', 'at most so many (default 20)', Number)
    .action(async (options) => ended(await listAudit(terminal, options)));
  filtered(
    add('export', 'every entry as a line of JSON, oldest first', 'ocw audit export > audit.ndjson', group),
  ).action(async (options) => ended(await exportAudit(terminal, options)));
  add('verify', 'check that nothing was changed', 'ocw audit verify', group).action(async (options) =>
    ended(await verifyAudit(terminal, options)),
  );
}

function timeOf(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new InvalidArgumentError('a time such as 2026-05-01 or 2026-05-01T12:00Z, please');
  return time;
}
