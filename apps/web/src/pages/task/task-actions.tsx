import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Ban, PenLine, RotateCw } from 'lucide-react';
import { hasEnded } from '#client';
import { keys } from '../../app/queries.js';
import { useClient, useMay } from '../../app/session.js';
import { Button, ButtonLink } from '../../components/button.js';
import { ConfirmButton } from '../../components/confirm-button.js';
import { useToast } from '../../components/toast.js';
import type { TaskInFull } from './task-in-full.js';

/** What can be done with a task now: end it, or ask for it once more. */
export function TaskActions({ task }: { task: TaskInFull }) {
  const { taskId, status } = task;
  const client = useClient();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const onError = ({ message }: Error) => toast('bad', message);
  const cancel = useMutation({
    mutationFn: () => client.tasks.cancel(taskId),
    onSuccess: (record) => {
      queries.setQueryData(keys.task(taskId), record);
      void queries.invalidateQueries({ queryKey: keys.taskLists });
    },
    onError,
  });
  const retry = useMutation({
    mutationFn: () => client.tasks.retry(taskId),
    onSuccess: (submitted) => {
      void queries.invalidateQueries({ queryKey: keys.taskLists });
      toast('good', 'This is the new run.');
      void navigate({ to: '/ui/tasks/$taskId', params: { taskId: submitted.taskId } });
    },
    onError,
  });
  const maySubmit = useMay('submit');
  if (!maySubmit) return null;
  return (
    <>
      <ButtonLink to="/ui/new" search={{ from: taskId }}>
        <PenLine size={15} aria-hidden /> Edit and run
      </ButtonLink>
      {hasEnded(task) ? (
        <Button tone="primary" busy={retry.isPending} onClick={() => retry.mutate()}>
          <RotateCw size={15} aria-hidden /> Run again
        </Button>
      ) : (
        task.cancelRequestedAt === null && (
          <ConfirmButton
            title="Cancel this task?"
            body={
              status === 'running'
                ? 'Its processes are asked to end, and after five seconds made to. It is not tried again.'
                : 'It will not be handed to a worker any more.'
            }
            confirm="Cancel the task"
            busy={cancel.isPending}
            onConfirm={() => cancel.mutate()}
          >
            <Ban size={15} aria-hidden /> Cancel
          </ConfirmButton>
        )
      )}
    </>
  );
}
