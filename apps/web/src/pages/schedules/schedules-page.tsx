import { useQuery } from '@tanstack/react-query';
import { CalendarClock, Plus } from 'lucide-react';
import { useState } from 'react';
import { scheduleList } from '../../app/queries.js';
import { useClient, useMay } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { PageHead } from '../../components/card.js';
import { EmptyState, ErrorState, Loading } from '../../components/states.js';
import { ScheduleDialog } from './schedule-dialog.js';
import { ScheduleItem } from './schedule-item.js';

/** Each that is shown reads its history: no more of them at once than that. */
const SHOWN = 20;

/** What is done again and again, when next, and how it went. */
export function SchedulesPage() {
  const { data, error, refetch } = useQuery(scheduleList(useClient()));
  const maySchedule = useMay('schedule');
  const [isCreating, setIsCreating] = useState(false);
  const [shown, setShown] = useState(SHOWN);
  const schedules = data?.items;
  return (
    <>
      <PageHead
        title="Schedules"
        summary={summary(schedules)}
        actions={
          maySchedule && (
            <Button tone="primary" onClick={() => setIsCreating(true)}>
              <Plus size={16} aria-hidden /> New schedule
            </Button>
          )
        }
      />
      <section aria-label="Schedules" className="card">
        {error && !schedules ? (
          <ErrorState error={error} retry={() => void refetch()} />
        ) : !schedules ? (
          <Loading lines={6} />
        ) : schedules.length === 0 ? (
          <EmptyState icon={CalendarClock} title="Nothing is scheduled">
            A schedule runs a command again and again, by the clocks of a time zone.
          </EmptyState>
        ) : (
          <ul className="divide-y divide-line">
            {schedules.slice(0, shown).map((schedule) => (
              <ScheduleItem key={schedule.id} schedule={schedule} />
            ))}
          </ul>
        )}
      </section>
      {schedules && schedules.length > shown && (
        <div className="mt-4 flex justify-center">
          <Button onClick={() => setShown(shown + SHOWN)}>Show more</Button>
        </div>
      )}
      {isCreating && <ScheduleDialog onClose={() => setIsCreating(false)} />}
    </>
  );
}

function summary(schedules: readonly { enabled: boolean }[] | undefined) {
  if (!schedules) return ' ';
  const paused = schedules.filter(({ enabled }) => !enabled).length;
  return `${schedules.length - paused} on, ${paused} paused`;
}
