import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Play, X } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { keys } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { TaskCard } from './task-card.js';

/** A line to run on whichever worker is free; what becomes of it shows below until it is put away. */
export function QuickRun() {
  const client = useClient();
  const queries = useQueryClient();
  const [command, setCommand] = useState('');
  const [started, setStarted] = useState<string>();
  const run = useMutation({
    mutationFn: (line: string) => client.tasks.submit({ command: line }),
    onSuccess: ({ taskId }) => {
      setStarted(taskId);
      setCommand('');
      void queries.invalidateQueries({ queryKey: keys.taskLists });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (command.trim() !== '') run.mutate(command);
  };
  return (
    <section aria-label="Run a command" className="card">
      <form onSubmit={submit} className="flex items-center gap-2 p-2 pl-4">
        <span aria-hidden className="font-mono text-quiet select-none">
          $
        </span>
        <input
          aria-label="Command to run"
          placeholder="Run a command on a worker, such as uname -a"
          value={command}
          onChange={(event) => setCommand(event.target.value)}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          className="min-w-0 flex-1 rounded bg-transparent px-1 py-1.5 font-mono text-base sm:text-sm"
        />
        <Button type="submit" tone="primary" busy={run.isPending}>
          <Play size={15} aria-hidden /> Run
        </Button>
      </form>
      {run.error && (
        <p role="alert" className="px-4 pb-3 text-sm text-bad">
          {run.error.message}
        </p>
      )}
      {started !== undefined && (
        <div className="relative border-t border-line">
          <TaskCard taskId={started} />
          <button
            type="button"
            aria-label="Put this away"
            onClick={() => setStarted(undefined)}
            className="absolute top-2.5 right-2.5 rounded p-1.5 text-quiet hover:bg-raised hover:text-ink"
          >
            <X size={16} aria-hidden />
          </button>
        </div>
      )}
    </section>
  );
}
