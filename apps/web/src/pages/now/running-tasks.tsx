import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Coffee, Square } from 'lucide-react';
import { statsOfToday, taskList } from '../../app/queries.js';
import { useClient, useMay } from '../../app/session.js';
import { Card } from '../../components/card.js';
import { ConfirmButton } from '../../components/confirm-button.js';
import { EmptyState, ErrorState, Loading } from '../../components/states.js';
import { TaskLine } from '../../components/task-line.js';
import { useToast } from '../../components/toast.js';
import { formatCount } from '../../format/size.js';
import { type ShownTask, taskTitle } from '../../format/task.js';
import { OutputTail } from '../../output/output-tail.js';

/** Each one's output is asked for about once a second: with more of them, the page would be busy with that alone. */
const SHOWN = 6;

export function RunningTasks() {
  const client = useClient();
  const { data, error, refetch } = useQuery(taskList(client, { status: 'running' }, SHOWN));
  const { data: stats } = useQuery(statsOfToday(client));
  const more = (stats?.counts.running ?? 0) - (data?.items.length ?? 0);
  return (
    <Card
      title="Running"
      aside={
        more > 0 && (
          <Link to="/ui/tasks" search={{ status: 'running' }} className="rounded text-accent hover:underline">
            {formatCount(more)} more
          </Link>
        )
      }
      flush
    >
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading />
      ) : data.items.length === 0 ? (
        <EmptyState icon={Coffee} title="Nothing runs at the moment" />
      ) : (
        <ul className="divide-y divide-line">
          {data.items.map((task) => (
            <RunningTask key={task.taskId} task={task} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function RunningTask({ task }: { task: ShownTask }) {
  const client = useClient();
  const toast = useToast();
  const maySubmit = useMay('submit');
  const cancel = useMutation({
    mutationFn: () => client.tasks.cancel(task.taskId),
    onError: ({ message }) => toast('bad', message),
  });
  return (
    <li className="p-4">
      <TaskLine task={task} />
      <div className="mt-2.5">
        <OutputTail task={task} />
      </div>
      {maySubmit && task.cancelRequestedAt === null && (
        <div className="mt-2.5 flex justify-end">
          <ConfirmButton
            size="small"
            busy={cancel.isPending}
            title="Cancel this task?"
            body={
              <>
                <p className="mb-2 line-clamp-3 font-mono text-[0.8125rem] break-all text-ink">{taskTitle(task)}</p>
                <p>Its processes are told to end, and ended five seconds later if they have not.</p>
              </>
            }
            confirm="Cancel the task"
            onConfirm={() => cancel.mutate()}
          >
            <Square size={13} aria-hidden /> Cancel
          </ConfirmButton>
        </div>
      )}
    </li>
  );
}
