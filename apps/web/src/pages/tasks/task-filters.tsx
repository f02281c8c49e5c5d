import { useNavigate } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { TASK_STATUSES, TASK_TYPES } from '#contracts';
import { SEARCH_FIELD } from '../../app/shortcuts.js';
import type { TaskSearch } from '../../app/task-search.js';
import { INPUT } from '../../components/field.js';
import { statusWord } from '../../components/status-badge.js';
import { TYPE_NAMES } from '../../format/task.js';

/** What the list shows is in its address, so that it can be gone back to and passed on. */
export function TaskFilters({ filter }: { filter: TaskSearch }) {
  const navigate = useNavigate({ from: '/ui/tasks' });
  const [words, setWords] = useState(filter.q ?? '');
  const change = (part: Partial<TaskSearch>) => void navigate({ search: (before) => ({ ...before, ...part }) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change({ q: words.trim() === '' ? undefined : words.trim() });
  };
  return (
    <form onSubmit={submit} className="mb-4 flex flex-wrap gap-2">
      <div className="relative basis-full sm:flex-1 sm:basis-0">
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
      <select
        aria-label="Status"
        value={filter.status ?? ''}
        onChange={({ target }) => change({ status: TASK_STATUSES.find((status) => status === target.value) })}
        className={`${INPUT} min-w-0 flex-1 sm:flex-none`}
      >
        <option value="">Any status</option>
        {TASK_STATUSES.map((status) => (
          <option key={status} value={status}>
            {statusWord(status)}
          </option>
        ))}
      </select>
      <select
        aria-label="Kind"
        value={filter.type ?? ''}
        onChange={({ target }) => change({ type: TASK_TYPES.find((type) => type === target.value) })}
        className={`${INPUT} min-w-0 flex-1 sm:flex-none`}
      >
        <option value="">Any kind</option>
        {TASK_TYPES.map((type) => (
          <option key={type} value={type}>
            {TYPE_NAMES[type]}
          </option>
        ))}
      </select>
    </form>
  );
}
