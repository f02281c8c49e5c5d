import { useNavigate } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { AUDIT_ACTION_NAMES, AUDIT_OUTCOMES } from '#contracts';
import { type AuditSearch, parseAuditSearch } from '../../app/audit-search.js';
import { Button } from '../../components/button.js';
import { Field, INPUT } from '../../components/field.js';
import { fromLocal, toLocal } from '../../format/time.js';

/** Fields for times go to the minute: one that ends a span means all of its minute. */
const MINUTE = 60_000;

/** What the list shows is in its address, so that it can be gone back to and passed on. */
export function AuditFilters({ filter }: { filter: AuditSearch }) {
  const navigate = useNavigate({ from: '/ui/audit' });
  const [typed, setTyped] = useState(() => ({
    q: filter.q ?? '',
    actor: filter.actor ?? '',
    taskId: filter.taskId ?? '',
    from: filter.from === undefined ? '' : toLocal(filter.from),
    to: filter.to === undefined ? '' : toLocal(filter.to),
  }));
  const apply = (chosen: { action?: string; outcome?: string } = {}) => {
    const to = fromLocal(typed.to);
    const filters = { ...filter, ...typed, from: fromLocal(typed.from), to: to && to + MINUTE - 1, ...chosen };
    void navigate({ search: parseAuditSearch(filters) });
  };
  const type = (name: keyof typeof typed) => ({
    value: typed[name],
    onChange: ({ target }: { target: { value: string } }) => setTyped({ ...typed, [name]: target.value }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    apply();
  };
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const isFurther = [filter.actor, filter.taskId, filter.from, filter.to].some((value) => value !== undefined);
  return (
    <form onSubmit={submit} className="mb-4 space-y-3">
      <div className="flex flex-wrap gap-2">
        <div className="relative basis-full sm:flex-1 sm:basis-0">
          <Search size={16} aria-hidden className="absolute top-1/2 left-3 -translate-y-1/2 text-quiet" />
          <input
            {...type('q')}
            type="search"
            aria-label="Search the audit"
            placeholder="Search actions, actors, targets and details"
            className={`${INPUT} w-full pl-9`}
          />
        </div>
        <select
          aria-label="Action"
          value={filter.action ?? ''}
          onChange={({ target }) => apply({ action: target.value })}
          className={`${INPUT} min-w-0 flex-1 sm:max-w-56`}
        >
          <option value="">Any action</option>
          {AUDIT_ACTION_NAMES.map((action) => (
            <option key={action}>{action}</option>
          ))}
        </select>
        <select
          aria-label="Outcome"
          value={filter.outcome ?? ''}
          onChange={({ target }) => apply({ outcome: target.value })}
          className={`${INPUT} min-w-0 flex-1 sm:flex-none`}
        >
          <option value="">Any outcome</option>
          {AUDIT_OUTCOMES.map((outcome) => (
            <option key={outcome}>{outcome}</option>
          ))}
        </select>
        <Button type="submit">Filter</Button>
      </div>
      <details open={isFurther}>
        <summary className="w-fit cursor-pointer rounded text-sm text-quiet hover:text-ink">
          By actor, task or time
        </summary>
        <div className="mt-2 grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
          <Field label="Actor">
            {(control) => (
              <input {...control} {...type('actor')} placeholder="A name or an id" className={`${INPUT} w-full`} />
            )}
          </Field>
          <Field label="Task">
            {(control) => <input {...control} {...type('taskId')} placeholder="Its id" className={`${INPUT} w-full`} />}
          </Field>
          <Field label="From">
            {(control) => <input {...control} {...type('from')} type="datetime-local" className={`${INPUT} w-full`} />}
          </Field>
          <Field label="To">
            {(control) => <input {...control} {...type('to')} type="datetime-local" className={`${INPUT} w-full`} />}
          </Field>
        </div>
      </details>
      {isFiltered && (
        <Button size="small" onClick={() => void navigate({ search: {} })}>
          Clear the filters
        </Button>
      )}
    </form>
  );
}
