import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { loadDatabasePath } from '../config.js';
import { BackupRefused } from '../storage/errors.js';
import { type Restored, restoreBackup } from '../storage/restore.js';
import { Progress, readArguments, runCommand } from './command-line.js';

const USAGE = `usage: npm run restore -- FILE [--database FILE] [--yes] [--accept-broken-audit] [--json]
  FILE                   a backup that npm run backup has made; the server must not be running
  --database FILE        the database to replace; default: that of DATABASE_URL
  --yes                  do not ask
  --accept-broken-audit  also take a backup whose audit is not what was written
  --json                 print one line of JSON`;

await runCommand(async () => {
  const options = {
    database: { type: 'string' },
    yes: { type: 'boolean' },
    'accept-broken-audit': { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  const { values, target } = readArguments(process.argv.slice(2), options, USAGE);
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (target === undefined) throw new BackupRefused(`name the backup\n${USAGE}`);
  const file = resolve(target);
  const database = values.database === undefined ? loadDatabasePath(process.env) : resolve(values.database);
  const progress = new Progress(process.stderr);
  const restored = await restoreBackup({
    file,
    database,
    acceptBrokenAudit: values['accept-broken-audit'] ?? false,
    at: Date.now(),
    tell: progress.tell,
    confirm: async ({ entries }) => {
      progress.end();
      // A script cannot answer; what it replaces is set aside in any case.
      if (values.yes || !process.stdin.isTTY) return true;
      return isYes(`${file} is sound, with ${entries} audit entries. Put it in the place of ${database}? [y/N] `);
    },
  }).finally(() => progress.end());
  if (restored === null) {
    console.log('nothing was changed');
    return 1;
  }
  console.log(values.json ? JSON.stringify(restored) : told(restored, file));
  return 0;
});

async function isYes(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}

function told(restored: Restored, file: string): string {
  const { database, aside, entries, broken, sealed, epoch, held, running, schedules, tokens } = restored;
  const head = restored.restored;
  return [
    `restored  ${database}`,
    `from      ${file}${sealed ? '' : ' (without a checksum: what was looked at are its structure and its audit)'}`,
    `before    ${aside ?? 'there was no database'}${aside === null ? '' : ' is the database that was there'}`,
    `audit     ${entries} entries, head ${head.seq} ${head.hash}${broken === null ? '' : `; broken: ${broken.reason}`}`,
    `epoch     ${epoch}: attempts are numbered above ${epoch}000000`,
    `held      ${held} waiting tasks, until they are released`,
    `running   ${running} tasks, which end as their workers report, or lost; none is tried again`,
    `schedules ${schedules} go on with their next fire time; what they missed does not fire`,
    '',
    'Next:',
    '  1. Start the server.',
    '  2. Look at what is held: GET /tasks?held=true',
    '  3. Cancel what was done after the backup, then release the rest: POST /tasks/held/release {}',
    '     or some of it: POST /tasks/held/release {"ids": ["…"]}',
    ...(tokens === 0 ? [] : ['  4. Revoke the tokens again that were revoked after the backup: GET /tokens']),
  ].join('\n');
}
