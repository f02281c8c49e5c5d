import { useQuery } from '@tanstack/react-query';
import { CircleCheck, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { TASK_STATUSES } from '#contracts';
import { health } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Card, PageHead } from '../../components/card.js';
import { ErrorState, Loading } from '../../components/states.js';
import { statusWord } from '../../components/status-badge.js';
import { formatBytes, formatCount } from '../../format/size.js';
import { formatDuration } from '../../format/time.js';
import { type Sample, total } from './exposition.js';
import { readings, requestRates } from './readings.js';
import { Trend } from './trend.js';

/** How the server itself is. */
export function SystemPage() {
  const client = useClient();
  const { data, error, refetch } = useQuery(health(client));
  return (
    <>
      <PageHead
        title="System"
        summary={data ? `Version ${data.version}, up for ${formatDuration(data.uptime)}` : ' '}
      />
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading lines={5} />
      ) : (
        <Measured workers={data.workers} overdue={data.overdueSchedules} />
      )}
    </>
  );
}

function Measured({ workers, overdue }: { workers: number; overdue: number }) {
  const { data, error, refetch } = useQuery(readings(useClient()));
  if (error && !data) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Loading lines={5} />;
  const { samples, history } = data;
  const times = history.map(({ at }) => at);
  const trend = (title: string, values: (number | null)[], format: (value: number) => string) => (
    <Trend title={title} times={times} values={values} format={format} />
  );
  const of = (name: 'waiting' | 'memoryBytes' | 'lag') => history.map((reading) => reading[name]);
  return (
    <div className="grid gap-4">
      <div className="grid items-start gap-4 lg:grid-cols-3">
        <Parts samples={samples} workers={workers} overdue={overdue} />
        <Queue samples={samples} />
        <Storage samples={samples} />
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        {trend('Requests a second', requestRates(history), (rate) => rate.toFixed(1))}
        {trend('Tasks waiting', of('waiting'), (count) => formatCount(Math.round(count)))}
        {trend('Memory', of('memoryBytes'), formatBytes)}
        {trend('Event loop late by', of('lag'), (lag) => `${(lag * 1000).toFixed(1)} ms`)}
      </div>
    </div>
  );
}

/** When a sweep that runs each second is late. */
const SWEEP_LATE_S = 10;

interface Told {
  samples: readonly Sample[];
}

function Parts({ samples, workers, overdue }: Told & { workers: number; overdue: number }) {
  const waiting = total(samples, 'openclaw_tasks', { status: 'pending' });
  const storage = total(samples, 'openclaw_storage_up');
  const sweep = total(samples, 'openclaw_sweep_lag_seconds');
  return (
    <Card title="Health" flush>
      <ul className="divide-y divide-line text-sm">
        <Part isWell={storage === 1} name="Storage">
          {storage === 1 ? 'The database answers' : 'The database cannot be read'}
        </Part>
        <Part isWell={workers > 0 || (waiting ?? 0) === 0} name="Workers">
          {workers === 0 ? 'None is online' : `${formatCount(workers)} online`}
        </Part>
        <Part isWell={overdue === 0} name="Schedules">
          {overdue === 0 ? 'On time' : `${formatCount(overdue)} overdue by a minute or more`}
        </Part>
        <Part isWell={sweep !== null && sweep < SWEEP_LATE_S} name="Upkeep">
          {sweep === null ? 'Not told' : `Last looked for overdue tasks ${formatDuration(sweep * 1000)} ago`}
        </Part>
      </ul>
    </Card>
  );
}

function Part({ isWell, name, children }: { isWell: boolean; name: string; children: ReactNode }) {
  const Icon = isWell ? CircleCheck : TriangleAlert;
  return (
    <li className="flex items-center gap-3 px-4 py-2.5">
      <Icon size={17} aria-hidden className={`shrink-0 ${isWell ? 'text-good' : 'text-warn'}`} />
      <span className="font-medium">{name}</span>
      <span className="sr-only">{isWell ? 'is well:' : 'needs a look:'}</span>
      <span className="ml-auto min-w-0 text-right text-quiet">{children}</span>
    </li>
  );
}

function Storage({ samples }: Told) {
  const size = (name: string) => {
    const bytes = total(samples, name);
    return bytes === null ? 'Not told' : formatBytes(bytes);
  };
  return (
    <Card title="Storage">
      <Facts>
        <Fact label="Database">{size('openclaw_sqlite_file_bytes')}</Fact>
        <Fact label="Write-ahead log">{size('openclaw_sqlite_wal_bytes')}</Fact>
      </Facts>
    </Card>
  );
}

function Queue({ samples }: Told) {
  const oldest = total(samples, 'openclaw_oldest_waiting_seconds');
  return (
    <Card title="Tasks that are kept">
      <Facts>
        {TASK_STATUSES.map((status) => (
          <Fact key={status} label={statusWord(status)}>
            {formatCount(total(samples, 'openclaw_tasks', { status }) ?? 0)}
          </Fact>
        ))}
        <Fact label="Longest wait now">{oldest ? formatDuration(oldest * 1000) : 'None waits'}</Fact>
      </Facts>
    </Card>
  );
}

const Facts = ({ children }: { children: ReactNode }) => (
  <dl className="numbers grid grid-cols-[1fr_auto] gap-x-4 gap-y-1.5 text-sm">{children}</dl>
);

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-quiet">{label}</dt>
      <dd className="text-right">{children}</dd>
    </>
  );
}
