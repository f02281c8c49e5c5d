import { Cron } from 'croner';

/** The fields of a pattern, seconds first, with what they take: to say which one is wrong. */
const FIELDS = [
  { name: 'seconds', takes: '0-59' },
  { name: 'minutes', takes: '0-59' },
  { name: 'hours', takes: '0-23' },
  { name: 'day of month', takes: '1-31, L, LW or 15W' },
  { name: 'month', takes: '1-12 or jan-dec' },
  { name: 'day of week', takes: '0-7 or sun-sat, fri#2, friL' },
];

const NICKNAMES: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);
const EXAMPLE = '"0 3 * * 1-5"';

/** Cron fields as a set of local times, which are read as if UTC: what a zone makes of them is not decided here. */
export class CronPattern {
  private constructor(
    private readonly cron: Cron,
    /** Whether the hours are named one by one, so that the pattern means times of day rather than a rhythm. */
    readonly fixedHours: boolean,
  ) {}

  /** The pattern, or what is wrong with it. */
  static parse(text: string): CronPattern | string {
    const written = text.trim().toLowerCase();
    if (written === '@reboot') {
      return `cannot be @reboot: a schedule knows times, not starts of a machine; use ${EXAMPLE}`;
    }
    const given = NICKNAMES.get(written) ?? written;
    if (given.startsWith('@')) {
      return `must be one of ${[...NICKNAMES.keys()].join(', ')}, "@every 90s", or fields such as ${EXAMPLE}`;
    }
    const fields = given.split(/\s+/);
    if (fields.length !== 5 && fields.length !== 6) {
      return `must have five fields, or six with seconds first, such as ${EXAMPLE}; it has ${given === '' ? 0 : fields.length}`;
    }
    const withSeconds = fields.length === 6 ? fields : ['0', ...fields];
    const cron = read(withSeconds);
    return cron ? new CronPattern(cron, !/[*?/]/.test(withSeconds[2] ?? '')) : explain(withSeconds);
  }

  /** The first of its local times after `local`; null when there is none before the year 3000. */
  next(local: number): number | null {
    return this.cron.nextRun(new Date(local))?.getTime() ?? null;
  }
}

/** Null when the fields are not as they should be. */
function read(fields: readonly string[]): Cron | null {
  try {
    return new Cron(fields.join(' '), { utcOffset: 0, mode: '5-or-6-parts', paused: true });
  } catch {
    return null;
  }
}

/** Names the field that cannot be read even with nothing but `*` beside it. */
function explain(fields: readonly string[]): string {
  for (const [index, { name, takes }] of FIELDS.entries()) {
    if (read(fields.map((field, other) => (other === index ? field : '*')))) continue;
    const wrong = JSON.stringify(fields[index]);
    return `has a bad ${name} field ${wrong}: it takes ${takes}, lists, ranges, and steps such as */5 or 10-40/5`;
  }
  return `has fields that do not go together: use ${EXAMPLE}`;
}
