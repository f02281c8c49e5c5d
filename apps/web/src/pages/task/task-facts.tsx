import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { StatusBadge } from '../../components/status-badge.js';
import { Elapsed, RelativeTime } from '../../components/time.js';
import { formatBytes } from '../../format/size.js';
import { formatDuration } from '../../format/time.js';
import type { TaskInFull } from './task-in-full.js';

/** How a task goes or went, at a glance. */
export function TaskFacts({ task }: { task: TaskInFull }) {
  const { status, exitCode, signal, startedAt, duration, worker, outputBytes } = task;
  const printed = outputBytes.stdout + outputBytes.stderr;
  return (
    <dl className="card grid grid-cols-2 gap-x-6 gap-y-3 px-4 py-3 sm:flex sm:flex-wrap sm:gap-x-10">
      <Fact name="Status">
        <StatusBadge status={status} cancelling={task.cancelRequestedAt !== null} />
      </Fact>
      {exitCode !== null && (
        <Fact name="Exit code">
          <span className={`numbers font-mono ${exitCode === 0 ? '' : 'text-bad'}`}>{exitCode}</span>
        </Fact>
      )}
      {signal !== null && (
        <Fact name="Signal">
          <span className="font-mono text-bad">{signal}</span>
        </Fact>
      )}
      {status === 'running' && startedAt !== null && (
        <Fact name="Running for">
          <Elapsed since={startedAt} />
        </Fact>
      )}
      {status !== 'running' && duration !== null && <Fact name="Took">{formatDuration(duration)}</Fact>}
      {worker !== null && (
        <Fact name="Worker">
          <Link to="/ui/tasks" search={{ worker }} className="block truncate rounded hover:underline" title={worker}>
            {worker}
          </Link>
        </Fact>
      )}
      <Fact name="Submitted">
        <RelativeTime at={task.createdAt} />
      </Fact>
      {task.attempt > 1 && (
        <Fact name="Attempt">
          {task.attempt}
          {task.maxAttempts > 1 && ` of ${task.maxAttempts}`}
        </Fact>
      )}
      {printed > 0 && <Fact name="Output">{formatBytes(printed)}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0 max-w-60">
      <dt className="text-xs text-quiet">{name}</dt>
      <dd className="numbers mt-0.5 min-h-6 text-sm font-medium">{children}</dd>
    </div>
  );
}
