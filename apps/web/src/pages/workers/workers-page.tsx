import { useQuery } from '@tanstack/react-query';
import { PlugZap } from 'lucide-react';
import { workerList } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { PageHead } from '../../components/card.js';
import { EmptyState, ErrorState, Loading } from '../../components/states.js';
import { WorkerCard } from './worker-card.js';

const ORDER = ['online', 'draining', 'offline'];

/** The machines that do the work: whether they are there, what they can do and what they are busy with. */
export function WorkersPage() {
  const { data, error, refetch } = useQuery(workerList(useClient()));
  const workers = [...(data ?? [])].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
  const online = workers.filter(({ status }) => status !== 'offline');
  const busy = online.reduce((sum, { running }) => sum + running, 0);
  const slots = online.reduce((sum, { maxConcurrent }) => sum + maxConcurrent, 0);
  return (
    <>
      <PageHead
        title="Workers"
        summary={data ? `${online.length} of ${workers.length} online, ${busy} of ${slots} places busy` : ' '}
      />
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading lines={6} />
      ) : workers.length === 0 ? (
        <div className="card">
          <EmptyState icon={PlugZap} title="No worker has come yet">
            Start one with npm run start:worker on the machine that is to do the work, with its WORKER_URL and
            WORKER_TOKEN.
          </EmptyState>
        </div>
      ) : (
        <div className="grid items-start gap-4 lg:grid-cols-2">
          {workers.map((worker) => (
            <WorkerCard key={worker.name} worker={worker} />
          ))}
        </div>
      )}
    </>
  );
}
