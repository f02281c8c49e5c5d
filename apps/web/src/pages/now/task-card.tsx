import { useQuery } from '@tanstack/react-query';
import { oneTask } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { ErrorState, Loading } from '../../components/states.js';
import { TaskLine } from '../../components/task-line.js';
import { OutputTail } from '../../output/output-tail.js';

/** A task that was started here: its state, and the end of its output. */
export function TaskCard({ taskId }: { taskId: string }) {
  const { data, error, refetch } = useQuery(oneTask(useClient(), taskId));
  if (error && !data) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Loading lines={2} />;
  return (
    <div className="p-4">
      <div className="pr-8">
        <TaskLine task={data} />
      </div>
      {data.waitingFor !== null && <p className="mt-1 text-sm text-warn">Waits: {data.waitingFor}.</p>}
      <div className="mt-2.5">
        <OutputTail task={data} lines={10} />
      </div>
    </div>
  );
}
