import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Search, X } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { TASK_STATUSES, TASK_TYPES } from '#contracts';
import { scheduleList, workerList } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { SEARCH_FIELD } from '../../app/shortcuts.js';
import type { TaskSearch } from '../../app/task-search.js';
import { Button } from '../../components/button.js';
import { INPUT } from '../../components/field.js';
import { statusWord } from '../../components/status-badge.js';
import { TYPE_NAMES } from '../../format/task.js';
import { fromLocal, toLocal } from '../../format/time.js';

/** What the list shows is in its address, so that it can be gone back to and passed on. */
export function TaskFilters({ filter }: { filter: TaskSearch }) {
  const navigate = useNavigate({ from: '/ui/tasks' });
  const client = useClient();
  const { data: workers = [] } = useQuery(workerList(client));
  const { data: schedules } = useQuery(scheduleList(client));
  const [words, setWords] = useState(filter.q ?? '');
  const change = (part: Partial<TaskSearch>) => void navigate({ search: (before) => ({ ...before, ...part }) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change({ q: words.trim() === '' ? undefined : words.trim() });
  };
  const { status, type, worker, schedule, from, to, held } = filter;
  const isFurther = [from, to, held].some((value) => value !== undefined);
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  return (
    <form onSubmit={submit} className="mb-4 space-y-2">
      <div className="flex gap-2">
        <div className="relative min-w-0 flex-1">
          <Search size={16} aria-hidden className="absolute top-1/2 left-3 -translate-y-1/2 text-quiet" />
          <input
            {...SEARCH_FIELD}
            type="search"
            aria-label="Search commands, paths and prompts"
            placeholder="Search commands, paths and prompts"
            value={words}
            onChange={(event) => setWords(event.target.value)}
            className={`${INPUT} w-full pl-9`}
          />
        </div>
        <Button type="submit">Search</Button>
      </div>
      <div className="grid grid-cols-2 gap-2 sm:flex sm:flex-wrap">
        <Choice
          label="Status"
          value={status}
          any="Any status"
          onChange={(value) => change({ status: TASK_STATUSES.find((one) => one === value) })}
        >
          {TASK_STATUSES.map((one) => (
            <option key={one} value={one}>
              {statusWord(one)}
            </option>
          ))}
        </Choice>
        <Choice
          label="Kind"
          value={type}
          any="Any kind"
          onChange={(value) => change({ type: TASK_TYPES.find((one) => one === value) })}
        >
          {TASK_TYPES.map((one) => (
            <option key={one} value={one}>
              {TYPE_NAMES[one]}
            </option>
          ))}
        </Choice>
        <Choice label="Worker" value={worker} any="Any worker" onChange={(value) => change({ worker: value })}>
          {withGiven(
            workers.map(({ name }) => ({ value: name, name })),
            worker,
          )}
        </Choice>
        <Choice label="Schedule" value={schedule} any="Any schedule" onChange={(value) => change({ schedule: value })}>
          {withGiven(schedules?.items.map(({ id, name }) => ({ value: id, name })) ?? [], schedule)}
        </Choice>
      </div>
      <details open={isFurther}>
        <summary className="w-fit cursor-pointer rounded text-sm text-quiet hover:text-ink">
          By time, or held back
        </summary>
        <div className="mt-2 grid gap-2 sm:flex sm:flex-wrap">
          <Moment label="From" at={from} onChange={(at) => change({ from: at })} />
          <Moment label="To" at={to} onChange={(at) => change({ to: at })} />
          <label className="flex min-h-9 items-center gap-2 px-1 text-sm text-quiet" title="Held back by a restore">
            <input
              type="checkbox"
              checked={held === true}
              onChange={({ target }) => change({ held: target.checked || undefined })}
              className="size-4 accent-accent"
            />
            Held back
          </label>
        </div>
      </details>
      {isFiltered && (
        <Button tone="quiet" size="small" onClick={() => void navigate({ search: {} })}>
          <X size={15} aria-hidden /> No filters
        </Button>
      )}
    </form>
  );
}

function Choice({
  label,
  value,
  any,
  onChange,
  children,
}: {
  label: string;
  value: string | undefined;
  /** What it says when nothing is chosen. */
  any: string;
  onChange: (value: string | undefined) => void;
  children: ReactNode;
}) {
  return (
    <select
      aria-label={label}
      value={value ?? ''}
      onChange={({ target }) => onChange(target.value === '' ? undefined : target.value)}
      className={`${INPUT} w-full min-w-0 sm:w-auto sm:max-w-48`}
    >
      <option value="">{any}</option>
      {children}
    </select>
  );
}

/** The options, and the one of the address when it is none of them. */
function withGiven(options: readonly { value: string; name: string }[], given: string | undefined): ReactNode {
  const isKnown = given === undefined || options.some(({ value }) => value === given);
  return [...options, ...(isKnown ? [] : [{ value: given, name: given }])].map(({ value, name }) => (
    <option key={value} value={value}>
      {name}
    </option>
  ));
}

function Moment({
  label,
  at,
  onChange,
}: {
  label: string;
  at: number | undefined;
  onChange: (at: number | undefined) => void;
}) {
  return (
    <label className="flex min-w-0 items-center gap-2 text-sm text-quiet">
      <span className="w-9 shrink-0 sm:w-auto">{label}</span>
      <input
        type="datetime-local"
        value={at === undefined ? '' : toLocal(at)}
        onChange={({ target }) => onChange(fromLocal(target.value))}
        className={`${INPUT} w-full min-w-0`}
      />
    </label>
  );
}
