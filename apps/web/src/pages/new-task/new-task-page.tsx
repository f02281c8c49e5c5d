import { Plus } from 'lucide-react';
import { PageHead } from '../../components/card.js';
import { EmptyState } from '../../components/states.js';

export function NewTaskPage() {
  return (
    <>
      <PageHead title="New task" />
      <EmptyState icon={Plus} title="This page is not there yet" />
    </>
  );
}
