import { KeyRound } from 'lucide-react';
import { PageHead } from '../../components/card.js';
import { EmptyState } from '../../components/states.js';

export function TokensPage() {
  return (
    <>
      <PageHead title="Tokens" />
      <EmptyState icon={KeyRound} title="This page is not there yet" />
    </>
  );
}
