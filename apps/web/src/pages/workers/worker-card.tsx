import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useId } from 'react';
import type { WorkerRecord } from '#client';
import { TASK_TYPES } from '#contracts';
import { taskList } from '../../app/queries.js';
import { useClient, useMay } from '../../app/session.js';
import { Load } from '../../components/load.js';
import { WorkerBadge } from '../../components/status-badge.js';
import { TaskLine } from '../../components/task-line.js';
import { RelativeTime } from '../../components/time.js';
import { TYPE_NAMES } from '../../format/task.js';
import { DrainButton } from './drain-button.js';

export function WorkerCard({ worker }: { worker: WorkerRecord }) {
  const { name, status, hostname, platform, version, tags, kinds, maxConcurrent, running, lastSeenAt } = worker;
  const maySteer = useMay('steerWorkers');
  const id = useId();
  return (
    <section aria-labelledby={id} className="card min-w-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 pt-3">
        <h2 id={id} className="min-w-0 font-semibold [overflow-wrap:anywhere]">
          {name}
        </h2>
        <WorkerBadge status={status} />
        {maySteer && (
          <div className="ml-auto">
            <DrainButton worker={worker} />
          </div>
        )}
      </div>
      {status !== 'offline' && (
        <div className="px-4 pt-3">
          <Load running={running} of={maxConcurrent} />
        </div>
      )}
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 px-4 py-3 text-sm">
        <Fact label="Seen">
          <RelativeTime at={lastSeenAt} />
        </Fact>
        <Fact label="Machine">{[hostname, platform].filter((part) => part !== null).join(' · ') || 'Not told'}</Fact>
        <Fact label="Version">{version ?? 'Not told'}</Fact>
        <Fact label="Takes">{wordsOf(kinds)}</Fact>
        {tags.length > 0 && (
          <Fact label="Tags">
            <span className="flex flex-wrap gap-1.5">
              {tags.map((tag) => (
                <span key={tag} className="rounded-md bg-raised px-1.5 font-mono text-[0.8125rem]">
                  {tag}
                </span>
              ))}
            </span>
          </Fact>
        )}
      </dl>
      <Running worker={name} count={running} />
    </section>
  );
}

function wordsOf(kinds: readonly string[]): string {
  if (TASK_TYPES.every((type) => kinds.includes(type))) return 'Everything';
  const names: Partial<Record<string, string>> = TYPE_NAMES;
  return kinds.map((kind) => names[kind] ?? kind).join(', ') || 'Nothing';
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-quiet">{label}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere]">{children}</dd>
    </>
  );
}

const SHOWN = 5;

/** What runs there now. */
function Running({ worker, count }: { worker: string; count: number }) {
  const { data } = useQuery({
    ...taskList(useClient(), { worker, status: 'running' }, SHOWN),
    enabled: count > 0,
  });
  const tasks = count > 0 ? (data?.items ?? []) : [];
  return (
    <div className="border-t border-line">
      {tasks.length > 0 && (
        <ul aria-label={`Running on ${worker}`} className="divide-y divide-line border-b border-line">
          {tasks.map((task) => (
            <li key={task.taskId} className="px-4 py-2">
              <TaskLine task={{ ...task, worker: null }} />
            </li>
          ))}
        </ul>
      )}
      <p className="px-4 py-2.5 text-[0.8125rem]">
        <Link to="/ui/tasks" search={{ worker }} className="rounded text-accent hover:underline">
          All tasks of {worker}
        </Link>
      </p>
    </div>
  );
}
