import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Pause, Pencil, Play, PlayCircle, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { ScheduleRecord } from '#contracts';
import { keys } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { ConfirmButton } from '../../components/confirm-button.js';
import { useToast } from '../../components/toast.js';
import { ScheduleDialog } from './schedule-dialog.js';

/** What can be done with a schedule by who may. */
export function ScheduleActions({ schedule: { id, name, enabled } }: { schedule: ScheduleRecord }) {
  const client = useClient();
  const queries = useQueryClient();
  const toast = useToast();
  const [isEdited, setIsEdited] = useState(false);
  const told = (text: string) => ({
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: keys.schedules });
      void queries.invalidateQueries({ queryKey: keys.taskLists });
      toast('good', text);
    },
    onError: ({ message }: Error) => toast('bad', message),
  });
  const run = useMutation({ mutationFn: () => client.schedules.run(id), ...told(`${name} was started.`) });
  const toggle = useMutation({
    mutationFn: () => client.schedules.change(id, { enabled: !enabled }),
    ...told(enabled ? `${name} is paused.` : `${name} goes on.`),
  });
  const remove = useMutation({ mutationFn: () => client.schedules.remove(id), ...told(`${name} was deleted.`) });
  return (
    <div className="flex flex-wrap gap-1.5">
      <Button size="small" busy={run.isPending} onClick={() => run.mutate()}>
        <Play size={14} aria-hidden /> Run now
      </Button>
      <Button size="small" busy={toggle.isPending} onClick={() => toggle.mutate()}>
        {enabled ? <Pause size={14} aria-hidden /> : <PlayCircle size={14} aria-hidden />}
        {enabled ? 'Pause' : 'Resume'}
      </Button>
      <Button size="small" onClick={() => setIsEdited(true)}>
        <Pencil size={14} aria-hidden /> Edit
      </Button>
      <ConfirmButton
        size="small"
        busy={remove.isPending}
        title={`Delete ${name}?`}
        body="It fires no more. The tasks that it has made stay."
        confirm="Delete"
        onConfirm={() => remove.mutate()}
      >
        <Trash2 size={14} aria-hidden /> <span className="max-sm:sr-only">Delete</span>
      </ConfirmButton>
      {isEdited && <ScheduleDialog edits={id} onClose={() => setIsEdited(false)} />}
    </div>
  );
}
