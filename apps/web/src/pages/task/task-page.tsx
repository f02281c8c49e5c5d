import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Hourglass, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { oneTask } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { PageHead } from '../../components/card.js';
import { ErrorState, Loading } from '../../components/states.js';
import { TYPE_NAMES, taskTitle } from '../../format/task.js';
import { TaskOutput } from '../../output/task-output.js';
import { CommandLines } from './command-lines-card.js';
import { entriesOf, FolderListing } from './folder-listing.js';
import { TaskActions } from './task-actions.js';
import { TaskArtifacts } from './task-artifacts.js';
import { TaskFacts } from './task-facts.js';
import type { TaskInFull } from './task-in-full.js';
import { TaskInput } from './task-input.js';
import { TaskSteps } from './task-steps.js';

/** The title stands for the command, which the page shows in full as well. */
const TITLE_LENGTH = 100;

/** One task: what it was asked, how it goes, and what it printed. */
export function TaskPage() {
  const { taskId } = useParams({ from: '/ui/tasks/$taskId' });
  const { data, error, refetch } = useQuery(oneTask(useClient(), taskId));
  if (error && !data) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Loading lines={6} />;
  const task: TaskInFull = data;
  const title = taskTitle(task);
  const entries = task.type === 'file-list' && task.status === 'completed' ? entriesOf(task.stdout) : null;
  return (
    <>
      <PageHead
        title={title.length > TITLE_LENGTH ? `${title.slice(0, TITLE_LENGTH)}…` : title}
        summary={TYPE_NAMES[task.type]}
        actions={<TaskActions task={task} />}
      />
      <TaskFacts task={task} />
      {task.waitingFor !== null && (
        <Notice icon={<Hourglass size={17} aria-hidden />} look="bg-warn-soft text-warn">
          Waits for {task.waitingFor}.
        </Notice>
      )}
      {task.error !== null && (
        <Notice icon={<TriangleAlert size={17} aria-hidden />} look="bg-bad-soft text-bad">
          {task.error}
        </Notice>
      )}
      <div className="mt-4 grid grid-cols-1 items-start gap-4 xl:grid-cols-[minmax(0,1fr)_23rem]">
        <div className="grid min-w-0 grid-cols-1 gap-4">
          {entries ? <FolderListing entries={entries} /> : <TaskOutput key={taskId} task={task} />}
          <TaskArtifacts task={task} />
        </div>
        <div className="grid min-w-0 grid-cols-1 items-start gap-4 md:max-xl:grid-cols-2">
          <TaskInput task={task} />
          <TaskSteps task={task} />
          <CommandLines task={task} />
        </div>
      </div>
    </>
  );
}

function Notice({ icon, look, children }: { icon: ReactNode; look: string; children: ReactNode }) {
  return (
    <p className={`mt-4 flex gap-2.5 rounded-card px-4 py-3 text-sm ${look}`}>
      <span className="mt-0.5 shrink-0">{icon}</span>
      <span className="min-w-0 [overflow-wrap:anywhere] whitespace-pre-wrap">{children}</span>
    </p>
  );
}
