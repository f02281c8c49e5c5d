import { useQuery } from '@tanstack/react-query';
import { KeyRound, Plus, Webhook } from 'lucide-react';
import { useState } from 'react';
import { webhookList } from '../../app/queries.js';
import { useClient, useMay } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { PageHead } from '../../components/card.js';
import { type Secret, SecretShown } from '../../components/secret-shown.js';
import { EmptyState, ErrorState, Loading, NotForYou } from '../../components/states.js';
import { DeliveryCard } from './delivery-card.js';
import { RotateTaskSecret } from './rotate-task-secret.js';
import { WebhookDialog } from './webhook-dialog.js';
import { WebhookItem } from './webhook-item.js';

/** Who is told of what happens, and how that went. */
export function WebhooksPage() {
  return useMay('manageWebhooks') ? (
    <Webhooks />
  ) : (
    <>
      <PageHead title="Webhooks" />
      <NotForYou>Webhooks are for admins.</NotForYou>
    </>
  );
}

function Webhooks() {
  const { data, error, refetch } = useQuery(webhookList(useClient()));
  const [isCreating, setIsCreating] = useState(false);
  // Nowhere but here, and gone with the page: the API tells it once.
  const [fresh, setFresh] = useState<Secret>();
  return (
    <>
      <PageHead
        title="Webhooks"
        summary="The server tells others what happens, signed and again until it is taken."
        actions={
          <>
            <RotateTaskSecret onRotated={setFresh}>
              <KeyRound size={15} aria-hidden /> Secret of tasks
            </RotateTaskSecret>
            <Button tone="primary" onClick={() => setIsCreating(true)}>
              <Plus size={16} aria-hidden /> New webhook
            </Button>
          </>
        }
      />
      {fresh && (
        <SecretShown
          shown={fresh}
          advice="Copy it to the receiver now: it is shown only this once."
          onClose={() => setFresh(undefined)}
        />
      )}
      <section aria-label="Webhooks" className="card mb-5">
        {error && !data ? (
          <ErrorState error={error} retry={() => void refetch()} />
        ) : !data ? (
          <Loading lines={4} />
        ) : data.items.length === 0 ? (
          <EmptyState icon={Webhook} title="Nobody is told of what happens">
            A webhook is a URL that is told when tasks end, workers come and go, or schedules fire.
          </EmptyState>
        ) : (
          <ul className="divide-y divide-line">
            {data.items.map((webhook) => (
              <WebhookItem key={webhook.id} webhook={webhook} onRotated={setFresh} />
            ))}
          </ul>
        )}
      </section>
      <DeliveryCard webhooks={data?.items ?? []} />
      {isCreating && <WebhookDialog onCreated={setFresh} onClose={() => setIsCreating(false)} />}
    </>
  );
}
