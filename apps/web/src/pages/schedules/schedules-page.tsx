import { CalendarClock } from 'lucide-react';
import { PageHead } from '../../components/card.js';
import { EmptyState } from '../../components/states.js';

export function SchedulesPage() {
  return (
    <>
      <PageHead title="Schedules" />
      <EmptyState icon={CalendarClock} title="This page is not there yet" />
    </>
  );
}
