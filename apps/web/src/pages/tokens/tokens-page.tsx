import { useQuery } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import type { CreatedToken } from '#contracts';
import { tokenList } from '../../app/queries.js';
import { useClient, useMay } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { PageHead } from '../../components/card.js';
import { SecretShown } from '../../components/secret-shown.js';
import { EmptyState, ErrorState, Loading, NotForYou } from '../../components/states.js';
import { CreateToken } from './create-token.js';
import { TokenItem } from './token-item.js';

/** Who may call the API, and as what. */
export function TokensPage() {
  const mayManage = useMay('manageTokens');
  return mayManage ? (
    <Tokens />
  ) : (
    <>
      <PageHead title="Tokens" />
      <NotForYou>Tokens are for admins.</NotForYou>
    </>
  );
}

function Tokens() {
  const { data, error, refetch } = useQuery(tokenList(useClient()));
  const [isCreating, setIsCreating] = useState(false);
  // Nowhere but here, and gone with the page: the API tells it once.
  const [fresh, setFresh] = useState<CreatedToken>();
  return (
    <>
      <PageHead
        title="Tokens"
        summary="Each program and person has one of its own, so that it can be taken away alone."
        actions={
          <Button tone="primary" onClick={() => setIsCreating(true)}>
            <Plus size={16} aria-hidden /> New token
          </Button>
        }
      />
      {fresh && (
        <SecretShown
          shown={{ of: fresh.name, secret: fresh.token }}
          advice="Copy it now: it is shown only this once. The server keeps a hash of it and cannot tell it again."
          onClose={() => setFresh(undefined)}
        />
      )}
      <section aria-label="Tokens" className="card">
        {error && !data ? (
          <ErrorState error={error} retry={() => void refetch()} />
        ) : !data ? (
          <Loading lines={4} />
        ) : data.length === 0 ? (
          <EmptyState icon={KeyRound} title="There is only the server's own token">
            It is the WORKER_TOKEN of the server, which may do everything. Make one with a smaller role for each
            program.
          </EmptyState>
        ) : (
          <ul className="divide-y divide-line">
            {data.map((token) => (
              <TokenItem key={token.id} token={token} onRotated={setFresh} />
            ))}
          </ul>
        )}
      </section>
      {isCreating && <CreateToken onCreated={setFresh} onClose={() => setIsCreating(false)} />}
    </>
  );
}
