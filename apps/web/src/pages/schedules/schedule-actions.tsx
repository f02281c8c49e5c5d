import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Pencil, Play } from 'lucide-react';
import { useState } from 'react';
import type { ScheduleRecord } from '#contracts';
import { keys } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { DeleteButton, PauseButton } from '../../components/row-buttons.js';
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
      <PauseButton enabled={enabled} busy={toggle.isPending} onToggle={() => toggle.mutate()} />
      <Button size="small" onClick={() => setIsEdited(true)}>
        <Pencil size={14} aria-hidden /> Edit
      </Button>
      <DeleteButton
        name={name}
        consequence="It fires no more. The tasks that it has made stay."
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
      {isEdited && <ScheduleDialog edits={id} onClose={() => setIsEdited(false)} />}
    </div>
  );
}
