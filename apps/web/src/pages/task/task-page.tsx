import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { oneTask } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { PageHead } from '../../components/card.js';
import { ErrorState, Loading } from '../../components/states.js';
import { StatusBadge } from '../../components/status-badge.js';
import { formatBytes } from '../../format/size.js';
import { taskTitle } from '../../format/task.js';
import { TaskOutput } from '../../output/task-output.js';

export function TaskPage() {
  const { taskId } = useParams({ from: '/ui/tasks/$taskId' });
  const { data, error, refetch } = useQuery(oneTask(useClient(), taskId));
  if (error && !data) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Loading lines={6} />;
  return (
    <>
      <PageHead
        title={taskTitle(data)}
        summary={
          <>
            <StatusBadge status={data.status} cancelling={data.cancelRequestedAt !== null} />{' '}
            {formatBytes(data.outputBytes.stdout + data.outputBytes.stderr)} of output
          </>
        }
      />
      <TaskOutput key={taskId} taskId={taskId} />
    </>
  );
}
