import { Gauge } from 'lucide-react';
import { PageHead } from '../../components/card.js';
import { EmptyState } from '../../components/states.js';

export function SystemPage() {
  return (
    <>
      <PageHead title="System" />
      <EmptyState icon={Gauge} title="This page is not there yet" />
    </>
  );
}
