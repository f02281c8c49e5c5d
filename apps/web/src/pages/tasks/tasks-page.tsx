import { useInfiniteQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { ListChecks } from 'lucide-react';
import { taskPages } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { PageHead } from '../../components/card.js';
import { EmptyState, ErrorState, Loading } from '../../components/states.js';
import { TaskLine } from '../../components/task-line.js';
import { TaskFilters } from './task-filters.js';

const PAGE = 50;

export function TasksPage() {
  const filter = useSearch({ from: '/ui/tasks' });
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    taskPages(useClient(), filter, PAGE),
  );
  const tasks = data?.pages.flatMap(({ items }) => items);
  return (
    <>
      <PageHead title="Tasks" />
      <TaskFilters filter={filter} />
      <section aria-label="Tasks" className="card">
        {error && !tasks ? (
          <ErrorState error={error} retry={() => void refetch()} />
        ) : !tasks ? (
          <Loading lines={8} />
        ) : tasks.length === 0 ? (
          <EmptyState icon={ListChecks} title="No task fits" />
        ) : (
          <ul className="divide-y divide-line">
            {tasks.map((task) => (
              <li key={task.taskId} className="px-4 py-2.5">
                <TaskLine task={task} />
              </li>
            ))}
          </ul>
        )}
      </section>
      {hasNextPage && (
        <div className="mt-4 flex justify-center">
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </>
  );
}
