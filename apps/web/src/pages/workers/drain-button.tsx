import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Pause, Play } from 'lucide-react';
import type { WorkerRecord } from '#client';
import { keys } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { ConfirmButton } from '../../components/confirm-button.js';
import { useToast } from '../../components/toast.js';

/** Lets a worker take nothing new, or take tasks again. */
export function DrainButton({ worker: { name, status, running } }: { worker: WorkerRecord }) {
  const client = useClient();
  const queries = useQueryClient();
  const toast = useToast();
  const told = (text: string) => ({
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: keys.workers });
      toast('good', text);
    },
    onError: ({ message }: Error) => toast('bad', message),
  });
  const drain = useMutation({
    mutationFn: () => client.workers.drain(name),
    ...told(`${name} takes nothing new.`),
  });
  const resume = useMutation({ mutationFn: () => client.workers.resume(name), ...told(`${name} takes tasks again.`) });
  const resumeButton = (
    <Button size="small" busy={resume.isPending} onClick={() => resume.mutate()}>
      <Play size={14} aria-hidden /> Resume
    </Button>
  );
  if (status === 'draining') return resumeButton;
  if (status === 'offline') return null;
  return (
    <ConfirmButton
      size="small"
      tone="plain"
      busy={drain.isPending}
      title={`Drain ${name}?`}
      body={`It takes no new task until it is resumed. ${running === 0 ? 'Nothing runs on it now.' : `It finishes the ${running === 1 ? 'task' : `${running} tasks`} that it has.`}`}
      confirm="Drain"
      cancel="Cancel"
      onConfirm={() => drain.mutate()}
    >
      <Pause size={14} aria-hidden /> Drain
    </ConfirmButton>
  );
}
