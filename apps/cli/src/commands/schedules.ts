import type { ScheduleTerms } from '#client';
import type { ScheduleRecord } from '#contracts';
import { cronInWords } from '../cron-words.js';
import { EXIT } from '../exit-codes.js';
import { type CommonOptions, openSession, printJson, type Session } from '../session.js';
import { shellLine } from '../shell-line.js';
import { harmless, listing, painter, type Terminal, table } from '../terminal.js';
import { formatTime, localZone } from '../times.js';
import { UsageError } from '../usage-error.js';

const NEXT = 5;

export interface NewScheduleOptions extends CommonOptions {
  timezone?: string;
  worker?: string;
  cwd?: string;
  webhook?: string;
  overlap?: ScheduleRecord['overlap'];
  misfire?: ScheduleRecord['misfire'];
}

export async function listSchedules(terminal: Terminal, options: CommonOptions): Promise<number> {
  const { client, json } = openSession(terminal, options);
  const { items } = await client.schedules.list({ limit: 200 });
  if (json) {
    printJson(terminal, items);
    return EXIT.ok;
  }
  const paint = painter(terminal.stdout, terminal.env);
  const rows = items.map((schedule) => [
    harmless(schedule.name),
    stateOf(schedule, paint),
    schedule.nextFireAt === null ? '-' : formatTime(schedule.nextFireAt),
    harmless(timesOf(schedule)),
    harmless(whatOf(schedule)),
  ]);
  const nothing = 'There are no schedules: ocw schedule add NAME CRON -- COMMAND makes one.';
  const titles = ['NAME', 'STATE', 'NEXT, HERE', 'TIMES', 'WHAT'];
  terminal.stdout.write(listing(terminal, titles, rows, nothing));
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
  const { timezone = localZone(), worker, cwd, webhook, overlap, misfire } = options;
  const task = { command: shellLine(words), worker, cwd, webhook };
  const terms: ScheduleTerms = { name, cron, timezone, task, overlap, misfire };
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
export async function found({ client }: Session, which: string): Promise<ScheduleRecord> {
  const { items } = await client.schedules.list({ limit: 200 });
  const named = items.filter(({ id, name }) => id === which || name === which);
  const [one] = named;
  if (!one) throw new UsageError(`there is no schedule ${which}: ocw schedule lists them`);
  if (named.length > 1)
    throw new UsageError(`${named.length} schedules are named ${which}: say which by its id, which --json shows`);
  return one;
}

async function shown({ terminal, client, json }: Session, schedule: ScheduleRecord): Promise<number> {
  const times = await client.schedules.upcoming(schedule.id, NEXT);
  if (json) {
    printJson(terminal, { ...schedule, upcoming: times });
    return EXIT.ok;
  }
  const paint = painter(terminal.stdout, terminal.env);
  const rows: [string, string][] = [
    ['schedule', schedule.id],
    ['name', harmless(schedule.name)],
    ['state', stateOf(schedule, paint)],
    ['times', `${harmless(timesOf(schedule))} (${harmless(schedule.cron)}, ${schedule.timezone})`],
    ['what', harmless(whatOf(schedule))],
    ['worker', harmless(String(schedule.task.worker ?? 'any'))],
  ];
  if (schedule.lastFireAt !== null)
    rows.push(['last', `${formatTime(schedule.lastFireAt)}: ocw show ${schedule.lastTaskId}`]);
  terminal.stdout.write(table(rows.map(([name, value]) => [paint('dim', name), value])));
  terminal.stdout.write(`\n${upcoming(schedule, times, paint)}`);
  return EXIT.ok;
}

/** The next times, in the zone of the schedule and, where that is another, in that of this machine. */
function upcoming({ timezone, enabled }: ScheduleRecord, times: readonly number[], paint: Paint): string {
  if (!enabled) return 'Paused: it makes no tasks until ocw schedule resume.\n';
  const zones = [...new Set([timezone, localZone()])];
  const rows = times.map((time) => zones.map((zone) => formatTime(time, zone)));
  return table([zones.map((zone) => paint('dim', `NEXT, ${zone}`)), ...rows]);
}

type Paint = ReturnType<typeof painter>;

const stateOf = ({ enabled }: ScheduleRecord, paint: Paint) =>
  enabled ? paint('green', 'on') : paint('yellow', 'paused');

const whatOf = ({ task }: ScheduleRecord) => String(task.command ?? task.prompt ?? task.path ?? '');

const timesOf = ({ cron }: ScheduleRecord) => cronInWords(cron);
