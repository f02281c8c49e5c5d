import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CalendarClock } from 'lucide-react';
import { scheduleList } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Card } from '../../components/card.js';
import { CronWords } from '../../components/cron-words.js';
import { EmptyState, ErrorState, Loading } from '../../components/states.js';
import { RelativeTime } from '../../components/time.js';

const SHOWN = 5;

/** The schedules that fire next. */
export function UpcomingFires() {
  const { data, error, refetch } = useQuery(scheduleList(useClient()));
  const next = data?.items
    .flatMap((schedule) => (schedule.nextFireAt === null ? [] : [{ ...schedule, fireAt: schedule.nextFireAt }]))
    .sort((a, b) => a.fireAt - b.fireAt)
    .slice(0, SHOWN);
  return (
    <Card
      title="Coming up"
      aside={
        <Link to="/ui/schedules" className="rounded text-accent hover:underline">
          Schedules
        </Link>
      }
      flush
    >
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : !next ? (
        <Loading />
      ) : next.length === 0 ? (
        <EmptyState icon={CalendarClock} title="No schedule will fire" />
      ) : (
        <ul className="divide-y divide-line">
          {next.map(({ id, name, cron, fireAt }) => (
            <li key={id} className="px-4 py-2.5 text-sm">
              <div className="flex items-baseline gap-3">
                <span className="min-w-0 flex-1 truncate font-medium">{name}</span>
                <RelativeTime at={fireAt} />
              </div>
              <p className="truncate text-[0.8125rem] text-quiet">
                <CronWords cron={cron} />
              </p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
