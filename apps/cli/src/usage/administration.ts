import { type Command, Option } from 'commander';
import { AUDIT_ACTION_NAMES, AUDIT_OUTCOMES, MISFIRES, OVERLAPS, TOKEN_ROLES } from '#contracts';
import { exportAudit, listAudit, verifyAudit } from '../commands/audit.js';
import {
  addSchedule,
  enableSchedule,
  listSchedules,
  removeSchedule,
  runSchedule,
  showSchedule,
} from '../commands/schedules.js';
import { addToken, listTokens, revokeToken, rotateToken } from '../commands/tokens.js';
import { timeOf } from '../times.js';
import { countOf } from './numbers.js';
import { collect, type Usage } from './usage.js';
import { webhooks } from './webhooks.js';

/** The commands that look after schedules, webhooks, tokens and the audit. */
export function administration(usage: Usage): void {
  schedules(usage);
  webhooks(usage);
  tokens(usage);
  audit(usage);
}

function schedules({ terminal, ended, add }: Usage): void {
  const group = add('schedule', 'tasks at set times', ['ocw schedule', 'ocw schedule show nightly']).action(
    async (options) => ended(await listSchedules(terminal, options)),
  );
  const examples = [
    "ocw schedule add nightly '0 3 * * *' -- ./backup.sh",
    "ocw schedule add disk '@every 15m' -w mac -- df -h",
  ];
  add('add <name> <cron> <command...>', 'make one', examples, group)
    .option('--timezone <zone>', 'of the cron pattern (default: that of this machine)')
    .option('-w, --worker <name>', 'on that worker only')
    .option('--cwd <folder>', 'in that folder there')
    .option('--webhook <url>', 'tell that URL of the end of each')
    .addOption(new Option('--overlap <what>', 'while an earlier task of it is unfinished').choices(OVERLAPS))
    .addOption(new Option('--misfire <what>', 'of fires that the server was not there for').choices(MISFIRES))
    .action(async (name, cron, words, options) => ended(await addSchedule(terminal, name, cron, words, options)));
  add('show <schedule>', 'one, with its next times', ['ocw schedule show nightly'], group).action(
    async (which, options) => ended(await showSchedule(terminal, which, options)),
  );
  for (const [name, description, enabled] of [
    ['pause', 'keep it from making tasks', false],
    ['resume', 'let it go on', true],
  ] as const) {
    add(`${name} <schedule>`, description, [`ocw schedule ${name} nightly`], group).action(async (which, options) =>
      ended(await enableSchedule(terminal, which, enabled, options)),
    );
  }
  add('run <schedule>', 'make its task now', ['ocw logs -f $(ocw schedule run nightly)'], group).action(
    async (which, options) => ended(await runSchedule(terminal, which, options)),
  );
  add('rm <schedule>', 'remove one', ['ocw schedule rm nightly'], group).action(async (which, options) =>
    ended(await removeSchedule(terminal, which, options)),
  );
}

function tokens({ terminal, ended, add }: Usage): void {
  const group = add('tokens', 'who may call the server', ['ocw tokens']).action(async (options) =>
    ended(await listTokens(terminal, options)),
  );
  add('add <name>', 'make one, and show it this once', ['ocw tokens add phone --role client --expires 90d'], group)
    .addOption(new Option('--role <role>', 'what it is good for').choices(TOKEN_ROLES).default('client'))
    .option('--expires <duration>', 'ends by itself after so long')
    .action(async (name, options) => ended(await addToken(terminal, name, options.role, options)));
  add('rotate <token>', 'give it a new secret, and show that this once', ['ocw tokens rotate phone --grace 1h'], group)
    .option('--grace <duration>', 'the old secret is good for so long as well')
    .action(async (which, options) => ended(await rotateToken(terminal, which, options)));
  add('revoke <token>', 'end it at once', ['ocw tokens revoke phone'], group).action(async (which, options) =>
    ended(await revokeToken(terminal, which, options)),
  );
}

function audit({ terminal, ended, add }: Usage): void {
  const group = filtered(
    add('audit', 'what was done, newest first', ['ocw audit --action task.submitted --from 2d -n 50']),
  )
    .option('-n, --limit <count>', 'at most so many (default 20)', countOf)
    .action(async (options) => ended(await listAudit(terminal, options)));
  filtered(
    add('export', 'every entry as a line of JSON, oldest first', ['ocw audit export > audit.ndjson'], group),
  ).action(async (options) => ended(await exportAudit(terminal, options)));
  const examples = ['ocw audit verify', 'ocw audit verify audit.ndjson --heads heads.ndjson --public-key key.pub.pem'];
  add(
    'verify [file]',
    'check that nothing was changed: at the server, or offline in an export or a copy',
    examples,
    group,
  )
    .option('--heads <file>', 'signed heads to compare it with; may be repeated', collect)
    .option('--public-key <file>', 'the key that signed them; may be repeated', collect)
    .action(async (file, options) => ended(await verifyAudit(terminal, file, options)));
}

const filtered = (command: Command) =>
  command
    .addOption(new Option('--action <action>', 'only those').choices(AUDIT_ACTION_NAMES))
    .addOption(new Option('--outcome <outcome>', 'only those').choices(AUDIT_OUTCOMES))
    .option('--actor <name>', 'only of that token, by name or id')
    .option('--task-id <task>', 'only of that task')
    .option('--from <time>', 'since: 2026-05-01, 2026-05-01T12:00, or 2h (ago)', timeOf)
    .option('--to <time>', 'until then', timeOf)
    .option('-q, --q <words>', 'whose action, target or detail holds the words');
