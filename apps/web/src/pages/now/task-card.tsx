import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { oneTask } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { ErrorState, Loading } from '../../components/states.js';
import { StatusBadge } from '../../components/status-badge.js';
import { Elapsed } from '../../components/time.js';
import { type ShownTask, taskTitle } from '../../format/task.js';
import { formatDuration } from '../../format/time.js';
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
        <OutputTail taskId={taskId} lines={10} />
      </div>
    </div>
  );
}

/** A task on one line: state, what it does, where, and how long it took or takes. */
export function TaskLine({ task }: { task: ShownTask }) {
  const { status, startedAt, duration, worker, exitCode } = task;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 sm:flex-nowrap">
      <StatusBadge status={status} cancelling={task.cancelRequestedAt !== null} />
      <Link
        to="/ui/tasks/$taskId"
        params={{ taskId: task.taskId }}
        title={taskTitle(task)}
        className="order-last min-w-0 basis-full truncate rounded font-mono text-[0.8125rem] hover:underline sm:order-none sm:flex-1 sm:basis-0"
      >
        {taskTitle(task)}
      </Link>
      <span className="numbers ml-auto flex shrink-0 items-center gap-3 text-[0.8125rem] text-quiet">
        {exitCode !== null && exitCode !== 0 && <span className="text-bad">exit {exitCode}</span>}
        {worker !== null && <span className="max-w-40 truncate">{worker}</span>}
        {status === 'running' && startedAt !== null && <Elapsed since={startedAt} />}
        {status !== 'running' && duration !== null && formatDuration(duration)}
      </span>
    </div>
  );
}
