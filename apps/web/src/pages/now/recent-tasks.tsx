import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { History } from 'lucide-react';
import { hasEnded } from '#client';
import { taskList } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Card } from '../../components/card.js';
import { EmptyState, ErrorState, Loading } from '../../components/states.js';
import { TaskLine } from '../../components/task-line.js';

const READ = 30;
const SHOWN = 8;

/** The newest tasks that have ended. */
export function RecentTasks() {
  const { data, error, refetch } = useQuery(taskList(useClient(), {}, READ));
  const ended = data?.items.filter(hasEnded).slice(0, SHOWN);
  return (
    <Card
      title="Just ended"
      aside={
        <Link to="/ui/tasks" className="rounded text-accent hover:underline">
          All tasks
        </Link>
      }
      flush
    >
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : !ended ? (
        <Loading />
      ) : ended.length === 0 ? (
        <EmptyState icon={History} title="Nothing has ended yet" />
      ) : (
        <ul className="divide-y divide-line">
          {ended.map((task) => (
            <li key={task.taskId} className="px-4 py-2.5">
              <TaskLine task={task} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
