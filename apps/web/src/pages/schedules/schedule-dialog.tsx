import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, lazy, type ReactNode, useDeferredValue, useState } from 'react';
import { RefusedError, type ScheduleTerms } from '#client';
import { MISFIRES, type Misfire, OVERLAPS, type Overlap, type ScheduleRecord } from '#contracts';
import { keys, oneSchedule } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { Dialog } from '../../components/dialog.js';
import { Field, INPUT } from '../../components/field.js';
import { Optional } from '../../components/optional.js';
import { ErrorState, Loading } from '../../components/states.js';
import { useToast } from '../../components/toast.js';
import { hereZone } from '../../format/time.js';
import { CronBuilder } from './cron-builder.js';
import { toChoice, toCron } from './cron-choice.js';
import { toDraft, toTask } from './task-draft.js';
import { TaskFields } from './task-fields.js';

const FirePreview = lazy(() => import('./fire-preview.js'));

const OVERLAP_WORDS: Record<Overlap, string> = {
  skip: 'Skip this one',
  queue: 'Queue a further one',
  'cancel-running': 'Cancel the earlier one',
};
const MISFIRE_WORDS: Record<Misfire, string> = { 'run-once': 'Run once, late', skip: 'Leave it out' };

/** Makes a schedule, or changes the one with the id `edits`. */
export function ScheduleDialog({ edits, onClose }: { edits?: string; onClose: () => void }) {
  return (
    <Dialog title={edits === undefined ? 'New schedule' : 'Edit the schedule'} onClose={onClose}>
      {edits === undefined ? <ScheduleForm onClose={onClose} /> : <LoadedForm id={edits} onClose={onClose} />}
    </Dialog>
  );
}

/** Lists leave out what may be long: a form begins with all of it. */
function LoadedForm({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error, refetch } = useQuery(oneSchedule(useClient(), id));
  if (error && !data) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Loading lines={6} />;
  return <ScheduleForm current={data} onClose={onClose} />;
}

function ScheduleForm({ current, onClose }: { current?: ScheduleRecord; onClose: () => void }) {
  const client = useClient();
  const queries = useQueryClient();
  const toast = useToast();
  const [name, setName] = useState(current?.name ?? '');
  const [choice, setChoice] = useState(() => toChoice(current?.cron ?? '0 9 * * *'));
  const [timezone, setTimezone] = useState(current?.timezone ?? hereZone());
  const [task, setTask] = useState(() => toDraft(current?.task));
  const [overlap, setOverlap] = useState<Overlap>(current?.overlap ?? 'skip');
  const [misfire, setMisfire] = useState<Misfire>(current?.misfire ?? 'run-once');
  const [isTaskChanged, setIsTaskChanged] = useState(false);

  const save = useMutation({
    mutationFn: () => {
      const terms = { name: name.trim(), cron: toCron(choice).trim(), timezone: timezone.trim(), overlap, misfire };
      if (!current) return client.schedules.create({ ...terms, task: toTask(task) });
      const changed: Partial<ScheduleTerms> = isTaskChanged ? { ...terms, task: toTask(task) } : terms;
      return client.schedules.change(current.id, changed);
    },
    onSuccess: (saved) => {
      void queries.invalidateQueries({ queryKey: keys.schedules });
      toast('good', current ? `Saved ${saved.name}.` : `${saved.name} is scheduled.`);
      onClose();
    },
  });
  const mistakes = save.error instanceof RefusedError ? save.error.fields : [];
  const errorOf = (field: string) => mistakes.find((mistake) => mistake.field === field)?.message;
  const isShown = (field: string) => ['name', 'cron', 'timezone', ...TASK_FIELDS[task.kind]].includes(field);
  const untold = save.error && (mistakes.length === 0 || mistakes.some(({ field }) => !isShown(field)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const hidden = Array.isArray(current?.task.env) ? current.task.env.map(String) : [];

  return (
    <form onSubmit={submit} className="space-y-5">
      <Field label="Name" error={errorOf('name')}>
        {(control) => (
          <input
            {...control}
            required
            value={name}
            onChange={({ target }) => setName(target.value)}
            placeholder="nightly backup"
            autoComplete="off"
            className={`${INPUT} w-full`}
          />
        )}
      </Field>
      <Group title="When">
        <CronBuilder choice={choice} onChange={setChoice} error={errorOf('cron')} />
        <ZoneField value={timezone} onChange={setTimezone} error={errorOf('timezone')} />
        <Preview cron={toCron(choice)} zone={timezone.trim()} />
      </Group>
      <Group title="What">
        <TaskFields
          draft={task}
          onChange={(draft) => {
            setTask(draft);
            setIsTaskChanged(true);
          }}
          errorOf={errorOf}
        />
        {hidden.length > 0 && (
          <p className="text-[0.8125rem] text-quiet">
            Its variables ({hidden.join(', ')}) keep their values, which are not shown, while nothing here is changed. A
            changed task has them no more: give them anew as JSON.
          </p>
        )}
      </Group>
      <Group title="When it does not go as planned">
        <div className="grid gap-3 sm:grid-cols-2">
          <Choice
            label="An earlier one is unfinished"
            value={overlap}
            options={OVERLAPS}
            words={OVERLAP_WORDS}
            onChange={setOverlap}
          />
          <Choice
            label="The server was away"
            value={misfire}
            options={MISFIRES}
            words={MISFIRE_WORDS}
            onChange={setMisfire}
          />
        </div>
      </Group>
      {untold && (
        <p role="alert" className="text-sm text-bad">
          {save.error instanceof SyntaxError ? `The task is not JSON: ${save.error.message}` : save.error.message}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" tone="primary" busy={save.isPending}>
          {current ? 'Save' : 'Create schedule'}
        </Button>
      </div>
    </form>
  );
}

/** The fields of which the form for a kind shows the mistakes where they are. */
const TASK_FIELDS = {
  command: ['task.command', 'task.worker', 'task.timeout', 'task.cwd'],
  'claude-cli': ['task.prompt', 'task.worker', 'task.timeout', 'task.cwd'],
  json: ['task'],
};

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="min-w-0 space-y-3 border-t border-line pt-3">
      <legend className="float-left mb-1 w-full text-sm font-semibold">{title}</legend>
      <div className="clear-both space-y-3">{children}</div>
    </fieldset>
  );
}

function ZoneField({ value, onChange, error }: { value: string; onChange: (zone: string) => void; error?: string }) {
  return (
    <Field label="Time zone" error={error}>
      {(control) => (
        <>
          <input
            {...control}
            list="zones"
            required
            value={value}
            onChange={({ target }) => onChange(target.value)}
            autoComplete="off"
            spellCheck={false}
            className={`${INPUT} w-full`}
          />
          <datalist id="zones">
            {['UTC', ...Intl.supportedValuesOf('timeZone')].map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

function Preview(asked: { cron: string; zone: string }) {
  const cron = useDeferredValue(asked.cron);
  const zone = useDeferredValue(asked.zone);
  return (
    <details className="rounded-lg bg-raised px-3 py-2">
      <summary className="cursor-pointer text-sm font-medium">Next ten times</summary>
      <div className="mt-1.5">
        <Optional fallback={<Loading lines={4} />}>
          <FirePreview cron={cron} zone={zone} />
        </Optional>
      </div>
    </details>
  );
}

function Choice<T extends string>({
  label,
  value,
  options,
  words,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly T[];
  words: Record<T, string>;
  onChange: (value: T) => void;
}) {
  return (
    <Field label={label}>
      {(control) => (
        <select
          {...control}
          value={value}
          onChange={({ target }) => onChange(target.value as T)}
          className={`${INPUT} w-full`}
        >
          {options.map((option) => (
            <option key={option} value={option}>
              {words[option]}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
