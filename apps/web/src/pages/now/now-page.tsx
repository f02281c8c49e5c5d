import { useQuery } from '@tanstack/react-query';
import { statsOfToday, workerList } from '../../app/queries.js';
import { useClient, useMay } from '../../app/session.js';
import { PageHead } from '../../components/card.js';
import { formatCount } from '../../format/size.js';
import { QuickRun } from './quick-run.js';
import { RecentTasks } from './recent-tasks.js';
import { RunningTasks } from './running-tasks.js';
import { Today } from './today.js';
import { UpcomingFires } from './upcoming-fires.js';
import { WaitingTasks } from './waiting-tasks.js';
import { WorkersOnline } from './workers-online.js';

/** What the machines do, and what they did a moment ago. */
export function NowPage() {
  const maySubmit = useMay('submit');
  return (
    <>
      <PageHead title="Now" summary={<Summary />} />
      <div className="grid grid-cols-1 items-start gap-4 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="grid min-w-0 grid-cols-1 gap-4">
          {maySubmit && <QuickRun />}
          <RunningTasks />
          <WaitingTasks />
          <RecentTasks />
        </div>
        <div className="grid min-w-0 grid-cols-1 items-start gap-4 sm:max-xl:grid-cols-2">
          <Today />
          <WorkersOnline />
          <UpcomingFires />
        </div>
      </div>
    </>
  );
}

function Summary() {
  const client = useClient();
  const { data: stats } = useQuery(statsOfToday(client));
  const { data: workers } = useQuery(workerList(client));
  if (!stats || !workers) return ' ';
  const online = workers.filter(({ status }) => status !== 'offline').length;
  const { running, pending } = stats.counts;
  return `${formatCount(running)} running, ${formatCount(pending)} waiting, ${online} of ${workers.length} workers online`;
}
