import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban, RotateCw } from 'lucide-react';
import { hasEnded } from '#client';
import type { TaskSummary } from '#contracts';
import { keys } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { ConfirmButton } from '../../components/confirm-button.js';
import { useToast } from '../../components/toast.js';
import { formatCount } from '../../format/size.js';

/** Calls that are under way at once. */
const AT_ONCE = 4;

/** What can be done with the tasks that are selected, all of them at once. */
export function BulkActions({ selected, onClear }: { selected: readonly TaskSummary[]; onClear: () => void }) {
  const client = useClient();
  const unfinished = selected.filter((task) => !hasEnded(task));
  const ended = selected.filter(hasEnded);
  const cancel = useBulk('Cancelled', (id) => client.tasks.cancel(id), onClear);
  const retry = useBulk('Run again', (id) => client.tasks.retry(id), onClear);
  const busy = cancel.isPending || retry.isPending;
  return (
    <section
      aria-label="Selected tasks"
      className="sticky top-2 z-20 mb-3 flex flex-wrap items-center gap-2 rounded-card border border-line bg-surface px-4 py-2 shadow-float"
    >
      <span role="status" className="numbers text-sm font-medium">
        {formatCount(selected.length)} selected
      </span>
      <div className="ml-auto flex flex-wrap gap-2">
        {unfinished.length > 0 && (
          <ConfirmButton
            size="small"
            title={`Cancel ${formatCount(unfinished.length)} ${unfinished.length === 1 ? 'task' : 'tasks'}?`}
            body="Those that run are asked to end, and after five seconds made to; those that wait are not handed out any more."
            confirm="Cancel them"
            busy={busy}
            onConfirm={() => cancel.mutate(unfinished)}
          >
            <Ban size={14} aria-hidden /> Cancel {formatCount(unfinished.length)}
          </ConfirmButton>
        )}
        {ended.length > 0 && (
          <Button size="small" busy={busy} onClick={() => retry.mutate(ended)}>
            <RotateCw size={14} aria-hidden /> Run {formatCount(ended.length)} again
          </Button>
        )}
        <Button size="small" tone="quiet" onClick={onClear}>
          Clear
        </Button>
      </div>
    </section>
  );
}

/** Does the same with many tasks, and tells how many it was done with and what stood in the way of the others. */
function useBulk(done: string, act: (taskId: string) => Promise<unknown>, onDone: () => void) {
  const queries = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: async (tasks: readonly TaskSummary[]) => {
      const waiting = [...tasks];
      const refusals: string[] = [];
      const work = async () => {
        for (let task = waiting.shift(); task; task = waiting.shift()) {
          await act(task.taskId).catch(({ message }: Error) => refusals.push(message));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      return { done: tasks.length - refusals.length, refusals };
    },
    onSuccess: (result) => {
      if (result.done > 0) toast('good', `${done}: ${formatCount(result.done)}.`);
      if (result.refusals.length > 0) {
        toast('bad', `${formatCount(result.refusals.length)} could not be: ${[...new Set(result.refusals)].join(' ')}`);
      }
      onDone();
      void queries.invalidateQueries({ queryKey: keys.taskLists });
    },
  });
}
