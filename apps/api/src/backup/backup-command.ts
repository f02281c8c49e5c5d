import { getPriority, setPriority } from 'node:os';
import { resolve } from 'node:path';
import { loadDatabasePath } from '../config.js';
import { type Backup, megabytes, takeBackup } from '../storage/backup.js';
import { destinationOf, readKeep, removeAbandoned, removeOldest } from './backup-folder.js';
import { Progress, readArguments, runCommand } from './command-line.js';

const USAGE = `usage: npm run backup -- [FILE or FOLDER] [--database FILE] [--keep N] [--json]
  FILE or FOLDER   where the backup goes; default: the folder backups beside the database
  --database FILE  the database; default: that of DATABASE_URL
  --keep N         of the backups with names of their own in the folder, remove all but the newest N
  --json           print one line of JSON`;

/** The nice value that leaves nearly all of a core to whoever else wants it. */
const BACKGROUND = 15;

await runCommand(async () => {
  const options = {
    database: { type: 'string' },
    keep: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  const { values, target } = readArguments(process.argv.slice(2), options, USAGE);
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const keep = readKeep(values.keep, target);
  const database = values.database === undefined ? loadDatabasePath(process.env) : resolve(values.database);
  const at = Date.now();
  const path = destinationOf(target, database, at);
  stepBack();
  const progress = new Progress(process.stderr);
  const backup = takeBackup(database, path, progress.tell);
  progress.end();
  removeAbandoned(path, at);
  // What may be the last one with a sound audit is not removed for one without.
  const removed = keep === null || backup.broken ? [] : removeOldest(path, keep);
  if (values.json) console.log(JSON.stringify({ ...backup, removed }));
  else console.log(told(backup, removed));
  if (!backup.broken) return 0;
  console.error(`the backup is made, but the audit of the database is broken: ${backup.broken.reason}`);
  return 1;
});

/** On a small machine the server would wait for the copy to be checked. */
function stepBack(): void {
  if (getPriority() >= BACKGROUND) return;
  try {
    setPriority(BACKGROUND);
  } catch (error) {
    // A sandbox may forbid it. That is no reason to be without a backup.
    console.error(`this runs at the usual priority: ${(error as Error).message}`);
  }
}

function told({ path, bytes, entries, head }: Backup, removed: string[]): string {
  return [
    `backup   ${path}`,
    `size     ${megabytes(bytes)} (${bytes} bytes)`,
    `entries  ${entries} in the audit`,
    `head     ${head ? `${head.seq} ${head.hash}` : 'none'}`,
    ...removed.map((file) => `removed  ${file}`),
  ].join('\n');
}
