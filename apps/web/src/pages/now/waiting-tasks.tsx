import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { statsOfToday, taskList } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Card } from '../../components/card.js';
import { RelativeTime } from '../../components/time.js';
import { formatCount } from '../../format/size.js';
import { taskTitle } from '../../format/task.js';

const SHOWN = 5;

/** What waits for a worker or for its time; nothing at all when nothing does. */
export function WaitingTasks() {
  const client = useClient();
  const { data } = useQuery(taskList(client, { status: 'pending' }, SHOWN));
  const { data: stats } = useQuery(statsOfToday(client));
  if (!data || data.items.length === 0) return null;
  const count = Math.max(stats?.counts.pending ?? 0, data.items.length);
  return (
    <Card
      title="Waiting"
      aside={
        count > data.items.length && (
          <Link to="/ui/tasks" search={{ status: 'pending' }} className="rounded text-accent hover:underline">
            all {formatCount(count)}
          </Link>
        )
      }
      flush
    >
      <ul className="divide-y divide-line">
        {data.items.map((task) => (
          <li key={task.taskId} className="px-4 py-2.5">
            <div className="flex items-center gap-3">
              <Link
                to="/ui/tasks/$taskId"
                params={{ taskId: task.taskId }}
                className="min-w-0 flex-1 truncate rounded font-mono text-[0.8125rem] hover:underline"
              >
                {taskTitle(task)}
              </Link>
              <span className="shrink-0 text-[0.8125rem] text-quiet">
                <RelativeTime at={task.createdAt} />
              </span>
            </div>
            {task.waitingFor !== null && <p className="mt-0.5 text-[0.8125rem] text-quiet">Waits: {task.waitingFor}</p>}
          </li>
        ))}
      </ul>
    </Card>
  );
}
