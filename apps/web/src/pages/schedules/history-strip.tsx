import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { taskList } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { StatusIcon, statusWord } from '../../components/status-badge.js';
import { formatInstant } from '../../format/time.js';

const SHOWN = 12;

/** How the newest tasks of a schedule ended, the newest last; each leads to its task. */
export function HistoryStrip({ scheduleId }: { scheduleId: string }) {
  const { data } = useQuery(taskList(useClient(), { schedule: scheduleId }, SHOWN));
  if (!data) return <span className="h-6" />;
  if (data.items.length === 0) return <span className="text-[0.8125rem] text-quiet">Has not run yet</span>;
  return (
    <ol aria-label="Last runs" className="flex flex-wrap gap-1">
      {[...data.items].reverse().map(({ taskId, status, createdAt }) => {
        const words = `${statusWord(status)}, ${formatInstant(createdAt)}`;
        return (
          <li key={taskId}>
            <Link
              to="/ui/tasks/$taskId"
              params={{ taskId }}
              aria-label={words}
              title={words}
              className="block rounded-md"
            >
              <StatusIcon status={status} />
            </Link>
          </li>
        );
      })}
    </ol>
  );
}
