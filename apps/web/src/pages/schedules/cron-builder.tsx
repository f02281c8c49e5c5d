import { CronWords } from '../../components/cron-words.js';
import { Field, INPUT } from '../../components/field.js';
import { type CronChoice, MINUTE_STEPS, RHYTHMS, type Rhythm, toCron } from './cron-choice.js';

const MINUTES = Array.from({ length: 60 }, (_, minute) => minute);
const MONTHDAYS = Array.from({ length: 31 }, (_, day) => String(day + 1));
/** From Monday on; 4 January 1970 was a Sunday. */
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 0].map((day) => {
  const date = new Date(Date.UTC(1970, 0, 4 + day));
  const named = (weekday: 'short' | 'long') => new Intl.DateTimeFormat('en', { weekday, timeZone: 'UTC' }).format(date);
  return { day, short: named('short'), long: named('long') };
});

interface Part {
  choice: CronChoice;
  onChange: (choice: CronChoice) => void;
}

/** Picks when a schedule fires, and says it in words. */
export function CronBuilder({ choice, onChange, error }: Part & { error?: string }) {
  const change = (part: Partial<CronChoice>) => onChange({ ...choice, ...part });
  const cron = toCron(choice);
  return (
    <div className="space-y-3">
      <div className="flex flex-wrap items-start gap-3">
        <Field label="Runs">
          {(control) => (
            <select
              {...control}
              value={choice.rhythm}
              // What was picked so far is what the fields of one's own begin with.
              onChange={({ target }) => change({ rhythm: target.value as Rhythm, cron })}
              className={INPUT}
            >
              {Object.entries(RHYTHMS).map(([rhythm, label]) => (
                <option key={rhythm} value={rhythm}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
        <RhythmFields choice={choice} onChange={onChange} error={error} />
      </div>
      <p className="flex flex-wrap items-baseline gap-x-2 text-sm">
        <span className="font-medium">{cron.trim() !== '' && <CronWords cron={cron} />}</span>
        {choice.rhythm !== 'custom' && <code className="text-[0.8125rem] text-quiet">{cron}</code>}
      </p>
      {error && choice.rhythm !== 'custom' && <p className="text-[0.8125rem] text-bad">{error}</p>}
    </div>
  );
}

function RhythmFields({ choice, onChange, error }: Part & { error?: string }) {
  const change = (part: Partial<CronChoice>) => onChange({ ...choice, ...part });
  const time = (
    <Field label="At">
      {(control) => (
        <input
          {...control}
          type="time"
          required
          value={choice.time}
          onChange={({ target }) => change({ time: target.value })}
          className={INPUT}
        />
      )}
    </Field>
  );
  switch (choice.rhythm) {
    case 'minutes':
      return (
        <Select label="Minutes between" value={choice.step} onChange={(step) => change({ step: Number(step) })}>
          {MINUTE_STEPS}
        </Select>
      );
    case 'hourly':
      return (
        <Select label="At minute" value={choice.minute} onChange={(minute) => change({ minute: Number(minute) })}>
          {MINUTES}
        </Select>
      );
    case 'daily':
      return time;
    case 'weekly':
      return (
        <>
          {time}
          <Weekdays choice={choice} onChange={onChange} />
        </>
      );
    case 'monthly':
      return (
        <>
          <Select label="On day" value={choice.monthday} onChange={(monthday) => change({ monthday })}>
            {[...MONTHDAYS, 'L']}
          </Select>
          {time}
          {Number(choice.monthday) > 28 && (
            <p className="basis-full text-[0.8125rem] text-quiet">Months without that day are left out.</p>
          )}
        </>
      );
    case 'custom':
      return (
        <div className="min-w-48 flex-1">
          <Field label="Cron fields" hint="Minute, hour, day of month, month, day of week; or @every 90s" error={error}>
            {(control) => (
              <input
                {...control}
                value={choice.cron}
                onChange={({ target }) => change({ cron: target.value })}
                autoComplete="off"
                spellCheck={false}
                className={`${INPUT} w-full font-mono`}
              />
            )}
          </Field>
        </div>
      );
  }
}

function Select<T extends string | number>({
  label,
  value,
  onChange,
  children,
}: {
  label: string;
  value: T;
  onChange: (value: string) => void;
  children: readonly T[];
}) {
  return (
    <Field label={label}>
      {(control) => (
        <select {...control} value={value} onChange={({ target }) => onChange(target.value)} className={INPUT}>
          {children.map((option) => (
            <option key={option} value={option}>
              {option === 'L' ? 'the last' : option}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function Weekdays({ choice, onChange }: Part) {
  const toggle = (day: number) => {
    const others = choice.weekdays.filter((picked) => picked !== day);
    const weekdays = choice.weekdays.includes(day) ? others : [...others, day];
    // A week without a day never comes.
    if (weekdays.length > 0) onChange({ ...choice, weekdays });
  };
  return (
    <fieldset className="basis-full">
      <legend className="mb-1 text-sm font-medium">On</legend>
      <div className="flex flex-wrap gap-1.5">
        {WEEKDAYS.map(({ day, short, long }) => (
          <button
            key={day}
            type="button"
            aria-label={long}
            aria-pressed={choice.weekdays.includes(day)}
            onClick={() => toggle(day)}
            className="min-h-9 min-w-11 rounded-lg border border-edge px-2 text-sm hover:bg-raised aria-pressed:border-accent aria-pressed:bg-accent aria-pressed:text-on-accent"
          >
            {short}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
