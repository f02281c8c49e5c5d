import type { ScheduleTerms } from '#client';
import type { ScheduleRecord } from '#contracts';
import { EXIT } from '../exit-codes.js';
import { type CommonOptions, openSession, printJson, type Session } from '../session.js';
import { shellLine } from '../shell-line.js';
import { harmless, painter, type Terminal, table } from '../terminal.js';
import { UsageError } from '../usage-error.js';

const NEXT = 5;

export interface NewScheduleOptions extends CommonOptions {
  timezone?: string;
  worker?: string;
  overlap?: ScheduleRecord['overlap'];
  misfire?: ScheduleRecord['misfire'];
}

export async function listSchedules(terminal: Terminal, options: CommonOptions): Promise<number> {
  const { client, json } = openSession(terminal, options);
  const { items } = await client.schedules.list({ limit: 200 });
  if (json) printJson(terminal, items);
  else if (items.length === 0)
    terminal.stdout.write('There are no schedules: ocw schedule add NAME CRON -- COMMAND makes one.\n');
  else terminal.stdout.write(listing(terminal, items));
  return EXIT.ok;
}

export async function addSchedule(
  terminal: Terminal,
  name: string,
  cron: string,
  words: readonly string[],
  options: NewScheduleOptions,
): Promise<number> {
  const session = openSession(terminal, options);
  const { timezone = Intl.DateTimeFormat().resolvedOptions().timeZone, worker, overlap, misfire } = options;
  const terms: ScheduleTerms = { name, cron, timezone, task: { command: shellLine(words), worker }, overlap, misfire };
  return shown(session, await session.client.schedules.create(terms));
}

export async function showSchedule(terminal: Terminal, which: string, options: CommonOptions): Promise<number> {
  const session = openSession(terminal, options);
  return shown(session, await found(session, which));
}

/** Pauses it, or lets it go on. */
export async function enableSchedule(
  terminal: Terminal,
  which: string,
  enabled: boolean,
  options: CommonOptions,
): Promise<number> {
  const session = openSession(terminal, options);
  const { id } = await found(session, which);
  return shown(session, await session.client.schedules.change(id, { enabled }));
}

export async function runSchedule(terminal: Terminal, which: string, options: CommonOptions): Promise<number> {
  const session = openSession(terminal, options);
  const submitted = await session.client.schedules.run((await found(session, which)).id);
  if (session.json) printJson(terminal, submitted);
  else terminal.stdout.write(`${submitted.taskId}\n`);
  return EXIT.ok;
}

export async function removeSchedule(terminal: Terminal, which: string, options: CommonOptions): Promise<number> {
  const session = openSession(terminal, options);
  const { id, name } = await found(session, which);
  await session.client.schedules.remove(id);
  if (session.json) printJson(terminal, { id, removed: true });
  else terminal.stdout.write(`${harmless(name)} is removed; its tasks stay.\n`);
  return EXIT.ok;
}

/** By id, or by a name that only one has. */
async function found({ client }: Session, which: string): Promise<ScheduleRecord> {
  const { items } = await client.schedules.list({ limit: 200 });
  const named = items.filter(({ id, name }) => id === which || name === which);
  const [one] = named;
  if (!one) throw new UsageError(`there is no schedule ${which}: ocw schedule lists them`);
  if (named.length > 1) throw new UsageError(`${named.length} schedules are named ${which}: say which by its id`);
  return one;
}

async function shown({ terminal, client, json }: Session, schedule: ScheduleRecord): Promise<number> {
  const times = await client.schedules.upcoming(schedule.id, NEXT);
  if (json) {
    printJson(terminal, { ...schedule, upcoming: times });
    return EXIT.ok;
  }
  terminal.stdout.write(listing(terminal, [schedule]));
  const zone = schedule.timezone;
  const there = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', timeZone: zone });
  for (const time of times) terminal.stdout.write(`  ${there.format(time)} (${zone})\n`);
  return EXIT.ok;
}

function listing({ stdout, env }: Terminal, items: readonly ScheduleRecord[]): string {
  const paint = painter(stdout, env);
  const rows = items.map(({ id, name, cron, enabled, nextFireAt, task }) => [
    id,
    harmless(name),
    harmless(cron),
    enabled ? paint('green', 'on') : paint('yellow', 'paused'),
    nextFireAt === null ? '-' : new Date(nextFireAt).toISOString(),
    harmless(String(task.command ?? task.prompt ?? task.path ?? '')),
  ]);
  const head = ['SCHEDULE', 'NAME', 'CRON', 'STATE', 'NEXT', 'WHAT'].map((title) => paint('dim', title));
  return table([head, ...rows], stdout.columns);
}
