import { ScrollText } from 'lucide-react';
import { PageHead } from '../../components/card.js';
import { EmptyState } from '../../components/states.js';

export function AuditPage() {
  return (
    <>
      <PageHead title="Audit" />
      <EmptyState icon={ScrollText} title="This page is not there yet" />
    </>
  );
}
