/** The common rhythms, and `custom` for all that cron can say beside them. */
export const RHYTHMS = {
  minutes: 'Every few minutes',
  hourly: 'Every hour',
  daily: 'Every day',
  weekly: 'Every week',
  monthly: 'Every month',
  custom: 'Something else',
} as const;

export type Rhythm = keyof typeof RHYTHMS;

/** Lengths that an hour divides into evenly: cron begins anew with every hour. */
export const MINUTE_STEPS = [1, 2, 5, 10, 15, 20, 30];

/** What is picked in the builder. What the rhythm does not use keeps its value, for when it is picked again. */
export interface CronChoice {
  rhythm: Rhythm;
  /** Minutes from one to the next. */
  step: number;
  /** The minute of every hour. */
  minute: number;
  /** As an input for times has it, such as `09:30`. */
  time: string;
  /** Days of the week, 0 is Sunday; never empty. */
  weekdays: readonly number[];
  /** 1 to 31, or `L` for the last. */
  monthday: string;
  /** The fields themselves. */
  cron: string;
}

const FIRST: CronChoice = {
  rhythm: 'daily',
  step: 15,
  minute: 0,
  time: '09:00',
  weekdays: [1],
  monthday: '1',
  cron: '0 9 * * *',
};

export function toCron({ rhythm, step, minute, time, weekdays, monthday, cron }: CronChoice): string {
  const [hours, minutes] = time.split(':').map(Number);
  const clock = `${minutes ?? 0} ${hours ?? 0}`;
  switch (rhythm) {
    case 'minutes':
      return step === 1 ? '* * * * *' : `*/${step} * * * *`;
    case 'hourly':
      return `${minute} * * * *`;
    case 'daily':
      return `${clock} * * *`;
    case 'weekly':
      return `${clock} * * ${[...weekdays].sort().join(',')}`;
    case 'monthly':
      return `${clock} ${monthday} * *`;
    case 'custom':
      return cron;
  }
}

/** The choice that says the same as `cron`; `custom` when no other does. */
export function toChoice(cron: string): CronChoice {
  const [minute = '', hour = '', monthday = '', month = '', weekday = ''] = cron.trim().split(/\s+/);
  const step = minute === '*' ? 1 : Number(minute.replace('*/', ''));
  const parts: Partial<CronChoice> = {
    ...(MINUTE_STEPS.includes(step) && { step }),
    ...(isNumber(minute) && { minute: Number(minute) }),
    ...(isNumber(minute) && isNumber(hour) && { time: `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}` }),
    ...(/^[0-6](,[0-6])*$/.test(weekday) && { weekdays: weekday.split(',').map(Number) }),
    ...(month === '*' && monthday !== '*' && { monthday }),
  };
  const choice = { ...FIRST, ...parts, cron };
  const rhythms: Rhythm[] = ['minutes', 'hourly', 'daily', 'weekly', 'monthly'];
  const rhythm = rhythms.find((candidate) => toCron({ ...choice, rhythm: candidate }) === cron.trim());
  return { ...choice, rhythm: rhythm ?? 'custom' };
}

const isNumber = (field: string) => /^\d{1,2}$/.test(field);
