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

const NICKNAMES = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/** Cron fields as a set of local times, which are read as if UTC: what a zone makes of them is not decided here. */
export class CronPattern {
  private constructor(
    private readonly cron: Cron,
    /** Whether the hours are named one by one, so that the pattern means times of day rather than a rhythm. */
    readonly fixedHours: boolean,
  ) {}

  /** The pattern, or what is wrong with it. */
  static parse(text: string): CronPattern | string {
    const fields = text.trim().split(/\s+/);
    if (fields.length === 1 && text.trim().startsWith('@')) {
      const [nickname = ''] = fields;
      if (!NICKNAMES.includes(nickname.toLowerCase())) {
        return nickname.toLowerCase() === '@reboot'
          ? 'cannot be @reboot: a schedule knows times, not starts of a machine'
          : `must be one of ${NICKNAMES.join(', ')}, "@every 90s", or fields such as "0 3 * * 1-5"`;
      }
      return new CronPattern(read(nickname), nickname.toLowerCase() !== '@hourly');
    }
    if (fields.length !== 5 && fields.length !== 6) {
      return `must have five fields, or six with seconds first, such as "0 3 * * 1-5"; it has ${fields.length}`;
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
  const wrong = FIELDS.findIndex((_, index) => !read(fields.map((field, other) => (other === index ? field : '*'))));
  const { name, takes } = FIELDS[wrong] ?? { name: 'or unknown', takes: 'such as "0 3 * * 1-5"' };
  return `has a bad ${name} field ${JSON.stringify(fields[wrong])}: it takes ${takes}, lists, ranges, and steps such as */5 or 10-40/5`;
}
