import { useQuery } from '@tanstack/react-query';
import { lazy } from 'react';
import { statsOfToday } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Card } from '../../components/card.js';
import { Optional } from '../../components/optional.js';
import { ErrorState, Loading } from '../../components/states.js';
import { formatCount } from '../../format/size.js';
import { formatClock } from '../../format/time.js';
import { type Hour, toHour } from './hours.js';

const ThroughputChart = lazy(() => import('./throughput-chart.js'));

/** How today's tasks have ended. */
export function Today() {
  const { data, error, refetch } = useQuery(statsOfToday(useClient()));
  if (!data) {
    return (
      <Card title="Today">
        {error ? <ErrorState error={error} retry={() => void refetch()} /> : <Loading lines={4} />}
      </Card>
    );
  }
  const hours = data.steps.map(toHour);
  const sum = (part: 'good' | 'bad' | 'undecided') => hours.reduce((total, hour) => total + hour[part], 0);
  const [good, bad, undecided] = [sum('good'), sum('bad'), sum('undecided')];
  const decided = good + bad;
  return (
    <Card title="Today" aside={`${formatCount(decided + undecided)} ended`}>
      <div className="flex items-end gap-6">
        <p>
          <span className="numbers block text-3xl font-semibold tracking-tight">{rate(good, decided)}</span>
          <span className="text-[0.8125rem] text-quiet">succeeded</span>
        </p>
        <dl className="numbers ml-auto grid grid-cols-[auto_auto] gap-x-3 text-[0.8125rem] text-quiet">
          <dt>Completed</dt>
          <dd className="text-right text-ink">{formatCount(good)}</dd>
          <dt>Failed</dt>
          <dd className="text-right text-ink">{formatCount(bad)}</dd>
          <dt>Given up</dt>
          <dd className="text-right text-ink">{formatCount(undecided)}</dd>
        </dl>
      </div>
      <div aria-hidden className="mt-4 h-28">
        <Optional fallback={null}>
          <ThroughputChart hours={hours} />
        </Optional>
      </div>
      <HoursAsTable hours={hours} />
    </Card>
  );
}

const rate = (good: number, decided: number) => (decided === 0 ? '–' : `${Math.floor((good / decided) * 1000) / 10} %`);

/** The chart for those who do not see it. */
function HoursAsTable({ hours }: { hours: Hour[] }) {
  return (
    <table className="sr-only">
      <caption>Tasks that ended today, by hour</caption>
      <thead>
        <tr>
          <th>From</th>
          <th>Completed</th>
          <th>Failed</th>
        </tr>
      </thead>
      <tbody>
        {hours.map(({ at, good, bad }) => (
          <tr key={at}>
            <th>{formatClock(at)}</th>
            <td>{good}</td>
            <td>{bad}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
