import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { PlugZap } from 'lucide-react';
import type { WorkerRecord } from '#client';
import { workerList } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Card } from '../../components/card.js';
import { CopyButton } from '../../components/copy-button.js';
import { Load } from '../../components/load.js';
import { EmptyState, ErrorState, Loading } from '../../components/states.js';
import { WorkerBadge } from '../../components/status-badge.js';
import { RelativeTime } from '../../components/time.js';

const SHOWN = 6;
const ORDER = ['online', 'draining', 'offline'];
const START = 'npm run start:worker';

export function WorkersOnline() {
  const { data, error, refetch } = useQuery(workerList(useClient()));
  const shown = [...(data ?? [])].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status)).slice(0, SHOWN);
  return (
    <Card
      title="Workers"
      aside={
        <Link to="/ui/workers" className="rounded text-accent hover:underline">
          All
        </Link>
      }
      flush
    >
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading />
      ) : shown.length === 0 ? (
        <EmptyState icon={PlugZap} title="No worker has come yet">
          <p>Tasks wait until one does. On the machine that is to do them, with its WORKER_URL and WORKER_TOKEN:</p>
          <p className="mt-2 inline-flex items-center gap-1 rounded-lg bg-raised py-0.5 pr-1 pl-2.5 font-mono text-[0.8125rem] text-ink">
            {START}
            <CopyButton label="Copy the command" text={START} />
          </p>
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line">
          {shown.map((worker) => (
            <Worker key={worker.name} worker={worker} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Worker({ worker: { name, status, running, maxConcurrent, lastSeenAt } }: { worker: WorkerRecord }) {
  return (
    <li className="px-4 py-2.5">
      <div className="flex items-center gap-3">
        <span className="min-w-0 flex-1 truncate text-sm font-medium">{name}</span>
        <WorkerBadge status={status} />
      </div>
      {status === 'offline' ? (
        <p className="mt-0.5 text-[0.8125rem] text-quiet">
          Seen <RelativeTime at={lastSeenAt} />
        </p>
      ) : (
        <div className="mt-1.5">
          <Load running={running} of={maxConcurrent} />
        </div>
      )}
    </li>
  );
}
