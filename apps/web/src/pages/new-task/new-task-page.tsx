import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { Ban } from 'lucide-react';
import { oneTask } from '../../app/queries.js';
import { useClient, useMay } from '../../app/session.js';
import { PageHead } from '../../components/card.js';
import { EmptyState, ErrorState, Loading } from '../../components/states.js';
import { recallDraft } from '../../submission/draft.js';
import { draftOfTask } from '../../submission/draft-of-task.js';
import { NewTaskForm } from './new-task-form.js';

export function NewTaskPage() {
  const { from } = useSearch({ from: '/ui/new' });
  const maySubmit = useMay('submit');
  if (!maySubmit) {
    return (
      <EmptyState icon={Ban} title="This token may not submit tasks">
        Sign in with one of the role client or admin.
      </EmptyState>
    );
  }
  return from === undefined ? <FromLast /> : <FromTask key={from} taskId={from} />;
}

function FromLast() {
  return (
    <>
      <PageHead title="New task" />
      <NewTaskForm initial={recallDraft} />
    </>
  );
}

function FromTask({ taskId }: { taskId: string }) {
  const { data, error, refetch } = useQuery(oneTask(useClient(), taskId));
  if (error && !data) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Loading lines={6} />;
  return (
    <>
      <PageHead title="Edit and run" summary="A new task; the one that it comes from stays as it is." />
      <NewTaskForm initial={() => draftOfTask(data)} />
    </>
  );
}
