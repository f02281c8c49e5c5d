import { useQuery } from '@tanstack/react-query';
import type { AuditRecord } from '#contracts';
import { stepsOf } from '../../app/queries.js';
import { useClient, useMay } from '../../app/session.js';
import { Card } from '../../components/card.js';
import { statusWord } from '../../components/status-badge.js';
import { formatDuration, formatInstant } from '../../format/time.js';
import type { TaskInFull } from './task-in-full.js';

interface Step {
  at: number;
  what: string;
  detail?: string;
  isBad?: boolean;
}

const WORDS: Record<string, string> = {
  'task.submitted': 'Submitted',
  'task.claimed': 'Handed to a worker',
  'task.released': 'Hand-out did not arrive',
  'task.completed': 'Completed',
  'task.failed': 'Failed',
  'task.timed_out': 'Timed out',
  'task.cancel_requested': 'Cancel asked for',
  'task.cancelled': 'Cancelled',
  'task.expired': 'Expired',
  'task.lost': 'Worker lost',
  'task.revived': 'Worker came back',
  'task.retried': 'Run again as a new task',
  'artifact.stored': 'File kept',
};
const BY_PEOPLE = ['task.submitted', 'task.cancel_requested', 'task.cancelled', 'task.retried'];
const BAD = ['task.failed', 'task.timed_out', 'task.lost', 'task.expired'];

/**
 * What has happened to a task, attempt by attempt: from the audit for those who may read it, when its record alone does
 * not tell all.
 */
export function TaskSteps({ task }: { task: TaskInFull }) {
  const mayRead = useMay('readAudit');
  const { data } = useQuery({ ...stepsOf(useClient(), task), enabled: mayRead && task.attempt > 1 });
  const steps = data ? [...data.items].reverse().map(stepOf) : stepsOfRecord(task);
  const begin = steps[0]?.at ?? 0;
  return (
    <Card title="Timeline">
      <ol className="relative ml-1 border-l border-line">
        {steps.map(({ at, what, detail, isBad }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps are only added at the end
          <li key={index} className="relative pb-3 pl-4 text-[0.8125rem] last:pb-0">
            <span
              aria-hidden
              className={`absolute top-1.5 -left-[4.5px] size-2 rounded-full ${isBad ? 'bg-bad' : 'bg-accent'}`}
            />
            <div className="flex items-baseline gap-3">
              <span className="font-medium">{what}</span>
              <time
                dateTime={new Date(at).toISOString()}
                title={formatInstant(at)}
                className="numbers ml-auto shrink-0 text-xs text-quiet"
              >
                {index === 0 ? formatInstant(at) : `+${formatDuration(at - begin)}`}
              </time>
            </div>
            {detail !== undefined && <p className="text-quiet [overflow-wrap:anywhere]">{detail}</p>}
          </li>
        ))}
      </ol>
    </Card>
  );
}

function stepOf({ at, action, actor, target, detail }: AuditRecord): Step {
  const { attempt, exitCode, signal, dueAt } = detail;
  const tellsAttempt = typeof attempt === 'number' && attempt > 0;
  const namesTarget = action === 'task.claimed' || action === 'artifact.stored';
  const told = [
    tellsAttempt ? `attempt ${attempt}` : '',
    typeof exitCode === 'number' ? `exit ${exitCode}` : '',
    typeof signal === 'string' ? signal : '',
    typeof dueAt === 'number' ? `tried again from ${formatInstant(dueAt)} on` : '',
    namesTarget && target !== null ? target : '',
    BY_PEOPLE.includes(action) ? `by ${actor.name}` : '',
  ].filter((part) => part !== '');
  return {
    at,
    what: WORDS[action] ?? action,
    detail: told.length > 0 ? told.join(', ') : undefined,
    isBad: BAD.includes(action),
  };
}

function stepsOfRecord(task: TaskInFull): Step[] {
  const { createdAt, startedAt, cancelRequestedAt, completedAt, status, worker, attempt } = task;
  const isBad = status !== 'completed' && status !== 'cancelled';
  const steps: (Step | null)[] = [
    { at: createdAt, what: 'Submitted' },
    startedAt === null
      ? null
      : {
          at: startedAt,
          what: attempt > 1 ? `Attempt ${attempt} began` : 'Handed to a worker',
          detail: worker ?? undefined,
        },
    cancelRequestedAt === null ? null : { at: cancelRequestedAt, what: 'Cancel asked for' },
    completedAt === null ? null : { at: completedAt, what: statusWord(status), isBad },
  ];
  return steps.filter((step) => step !== null);
}
