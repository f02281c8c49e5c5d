import { useSearch } from '@tanstack/react-router';
import { ListChecks, ListX } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import type { TaskSummary } from '#contracts';
import { useMay } from '../../app/session.js';
import type { TaskSearch } from '../../app/task-search.js';
import { Button, ButtonLink } from '../../components/button.js';
import { PageHead } from '../../components/card.js';
import { EmptyState, ErrorState, Loading } from '../../components/states.js';
import { formatCount } from '../../format/size.js';
import { BulkActions } from './bulk-actions.js';
import { TaskFilters } from './task-filters.js';
import { TaskTable } from './task-table.js';
import { useTaskRows } from './use-task-rows.js';

const NONE: ReadonlyMap<string, TaskSummary> = new Map();

export function TasksPage() {
  const filter = useSearch({ from: '/ui/tasks' });
  const name = JSON.stringify(filter);
  return (
    <>
      <PageHead title="Tasks" />
      {/* Anew for another filter, as when somebody goes back, so that the field shows the words that hold. */}
      <TaskFilters key={`filters ${filter.q ?? ''}`} filter={filter} />
      <TaskList key={name} filter={filter} />
    </>
  );
}

function TaskList({ filter }: { filter: TaskSearch }) {
  const { rows, error, hasMore, look, retry } = useTaskRows(filter);
  const maySubmit = useMay('submit');
  const [selected, setSelected] = useState(NONE);
  const select = useCallback((task: TaskSummary, isSelected: boolean) => {
    setSelected((before) => {
      const after = new Map(before);
      if (isSelected) after.set(task.taskId, task);
      else after.delete(task.taskId);
      return after;
    });
  }, []);
  const clear = useCallback(() => setSelected(NONE), []);
  const chosen = useMemo(() => newestOf(selected, rows ?? []), [selected, rows]);
  if (!rows) {
    return <div className="card">{error ? <ErrorState error={error} retry={retry} /> : <Loading lines={8} />}</div>;
  }
  return (
    <>
      {chosen.length > 0 && <BulkActions selected={chosen} onClear={clear} />}
      <section aria-label="Tasks" className="card">
        <div className="flex min-h-11 items-center gap-3 border-b border-line px-4 text-sm text-quiet">
          <span className="numbers">
            {formatCount(rows.length)}
            {hasMore && ' or more'} {rows.length === 1 && !hasMore ? 'task' : 'tasks'}
          </span>
          {maySubmit && rows.length > 0 && (
            <Button
              size="small"
              tone="quiet"
              className="ml-auto"
              onClick={() => setSelected(new Map(rows.map((task) => [task.taskId, task])))}
            >
              Select {hasMore ? 'those read' : 'all'}
            </Button>
          )}
        </div>
        {rows.length === 0 ? (
          <NoTasks isFiltered={Object.values(filter).some((value) => value !== undefined)} />
        ) : (
          <TaskTable
            rows={rows}
            hasMore={hasMore}
            look={look}
            selected={maySubmit ? selected : null}
            onSelect={select}
          />
        )}
        {error && <ErrorState error={error} retry={retry} />}
      </section>
    </>
  );
}

/** The selected tasks as they are now, and not as they were when they were selected. */
function newestOf(selected: ReadonlyMap<string, TaskSummary>, rows: readonly TaskSummary[]): TaskSummary[] {
  if (selected.size === 0) return [];
  const newest = new Map(rows.map((task) => [task.taskId, task]));
  return [...selected.values()].map((task) => newest.get(task.taskId) ?? task);
}

function NoTasks({ isFiltered }: { isFiltered: boolean }) {
  const maySubmit = useMay('submit');
  if (isFiltered) {
    return (
      <EmptyState icon={ListX} title="No task fits">
        <ButtonLink size="small" to="/ui/tasks" className="mt-2">
          Show all tasks
        </ButtonLink>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={ListChecks} title="There are no tasks yet">
      {maySubmit && (
        <ButtonLink size="small" to="/ui/new" className="mt-2">
          Write the first one
        </ButtonLink>
      )}
    </EmptyState>
  );
}
