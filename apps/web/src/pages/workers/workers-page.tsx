import { ServerCog } from 'lucide-react';
import { PageHead } from '../../components/card.js';
import { EmptyState } from '../../components/states.js';

export function WorkersPage() {
  return (
    <>
      <PageHead title="Workers" />
      <EmptyState icon={ServerCog} title="This page is not there yet" />
    </>
  );
}
