import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { type ShownTask, taskTitle } from '../format/task.js';
import { formatDuration } from '../format/time.js';
import { StatusBadge } from './status-badge.js';
import { Elapsed } from './time.js';

/** A task on one line: state, what it does, where, and how long it took or takes. */
export const TaskLine = memo(function TaskLine({ task }: { task: ShownTask }) {
  const { status, startedAt, duration, worker, exitCode } = task;
  return (
    <div className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-3 gap-y-1.5 sm:flex">
      <span className="flex sm:w-26">
        <StatusBadge status={status} cancelling={task.cancelRequestedAt !== null} />
      </span>
      <Link
        to="/ui/tasks/$taskId"
        params={{ taskId: task.taskId }}
        title={taskTitle(task)}
        className="order-last col-span-2 min-w-0 truncate rounded font-mono text-[0.8125rem] hover:underline sm:order-none sm:flex-1"
      >
        {taskTitle(task)}
      </Link>
      <span className="numbers ml-auto flex min-w-0 items-center gap-3 whitespace-nowrap text-[0.8125rem] text-quiet sm:shrink-0">
        {exitCode !== null && exitCode !== 0 && <span className="text-bad">exit {exitCode}</span>}
        {worker !== null && <span className="max-w-40 min-w-0 truncate">{worker}</span>}
        {status === 'running' && startedAt !== null && <Elapsed since={startedAt} />}
        {status !== 'running' && duration !== null && formatDuration(duration)}
      </span>
    </div>
  );
});
