import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CalendarCheck, CalendarX, Pause } from 'lucide-react';
import { useState } from 'react';
import type { ScheduleRecord } from '#contracts';
import { upcomingFires } from '../../app/queries.js';
import { useClient, useMay } from '../../app/session.js';
import { CronWords } from '../../components/cron-words.js';
import { ErrorState, Loading } from '../../components/states.js';
import { Badge } from '../../components/status-badge.js';
import { RelativeTime } from '../../components/time.js';
import { type ShownTask, taskTitle } from '../../format/task.js';
import { FireTimes } from './fire-times.js';
import { HistoryStrip } from './history-strip.js';
import { ScheduleActions } from './schedule-actions.js';

export function ScheduleItem({ schedule }: { schedule: ScheduleRecord }) {
  const { id, name, cron, timezone, enabled, nextFireAt, task } = schedule;
  const maySchedule = useMay('schedule');
  return (
    <li className="px-4 py-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 className="min-w-0 font-medium [overflow-wrap:anywhere]">{name}</h2>
        <State schedule={schedule} />
        {nextFireAt !== null && (
          <span className="ml-auto text-sm text-quiet">
            Next <span className="text-ink">{<RelativeTime at={nextFireAt} />}</span>
          </span>
        )}
      </div>
      <p className={`mt-1 text-sm ${enabled ? '' : 'text-quiet'}`}>
        <CronWords cron={cron} />{' '}
        <span className="text-quiet">
          · {timezone} · <code className="text-[0.8125rem]">{cron}</code>
        </span>
      </p>
      <p className="mt-1 truncate font-mono text-[0.8125rem] text-quiet" title={titleOf(task)}>
        {titleOf(task)}
      </p>
      <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="flex items-center gap-3">
          <HistoryStrip scheduleId={id} />
          <Link
            to="/ui/tasks"
            search={{ schedule: id }}
            aria-label={`All runs of ${name}`}
            className="rounded text-[0.8125rem] text-accent hover:underline"
          >
            All runs
          </Link>
        </div>
        {maySchedule && (
          <div className="sm:ml-auto">
            <ScheduleActions schedule={schedule} />
          </div>
        )}
      </div>
      <Upcoming schedule={schedule} />
    </li>
  );
}

/** A stored task, which has been checked but for its type may stand for a command. */
const titleOf = (task: ScheduleRecord['task']) => taskTitle({ type: 'command', ...task } as unknown as ShownTask);

function State({ schedule: { enabled, nextFireAt } }: { schedule: ScheduleRecord }) {
  if (!enabled)
    return (
      <Badge mood="warn" icon={Pause}>
        Paused
      </Badge>
    );
  if (nextFireAt === null)
    return (
      <Badge mood="calm" icon={CalendarX}>
        Will not fire again
      </Badge>
    );
  return (
    <Badge mood="good" icon={CalendarCheck}>
      On
    </Badge>
  );
}

function Upcoming({ schedule: { id, enabled, updatedAt, lastFireAt, timezone } }: { schedule: ScheduleRecord }) {
  const [isOpen, setIsOpen] = useState(false);
  const { data, error } = useQuery({
    ...upcomingFires(useClient(), id, `${updatedAt} ${lastFireAt}`),
    enabled: isOpen,
  });
  return (
    <details className="mt-2" onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
      <summary className="w-fit cursor-pointer rounded text-[0.8125rem] text-quiet hover:text-ink">
        {enabled ? 'Next ten times' : 'Next ten times, were it not paused'}
      </summary>
      <div className="mt-1.5 max-w-xl">
        {error && !data ? (
          <ErrorState error={error} />
        ) : !data ? (
          isOpen && <Loading lines={4} />
        ) : (
          <FireTimes times={data} zone={timezone} />
        )}
      </div>
    </details>
  );
}
