import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleDashed, CircleX, Inbox, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { DELIVERY_STATES, type DeliveryState, type WebhookDelivery, type WebhookRecord } from '#contracts';
import { deliveryList, keys } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { INPUT } from '../../components/field.js';
import { EmptyState, ErrorState, Loading } from '../../components/states.js';
import { Badge } from '../../components/status-badge.js';
import { RelativeTime } from '../../components/time.js';
import { useToast } from '../../components/toast.js';
import { nameOf } from './webhook-item.js';

const SHOWN = 50;

/** What was sent to any receiver, the newest first, and how that went. */
export function DeliveryCard({ webhooks }: { webhooks: readonly WebhookRecord[] }) {
  const [state, setState] = useState<DeliveryState>();
  const { data, error, refetch } = useQuery(deliveryList(useClient(), { state }, SHOWN));
  const names = new Map(webhooks.map((webhook) => [webhook.id, nameOf(webhook)]));
  return (
    <Card
      title="Deliveries"
      flush
      aside={
        <select
          aria-label="Which deliveries"
          value={state ?? ''}
          onChange={({ target }) => setState(DELIVERY_STATES.find((one) => one === target.value))}
          className={`${INPUT} py-1`}
        >
          <option value="">All</option>
          {DELIVERY_STATES.map((one) => (
            <option key={one} value={one}>
              {WORDS[one][2]}
            </option>
          ))}
        </select>
      }
    >
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading lines={4} />
      ) : data.items.length === 0 ? (
        <EmptyState icon={Inbox} title="Nothing of the kind was sent">
          They are kept for as long as tasks are.
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line">
          {data.items.map((delivery) => (
            <Delivery key={delivery.id} delivery={delivery} to={names.get(delivery.webhookId ?? '') ?? delivery.url} />
          ))}
        </ul>
      )}
    </Card>
  );
}

const WORDS = {
  pending: ['calm', CircleDashed, 'Waiting'],
  delivered: ['good', CircleCheck, 'Delivered'],
  failed: ['bad', CircleX, 'Failed'],
} as const;

function Delivery({ delivery, to }: { delivery: WebhookDelivery; to: string }) {
  const { id, type, taskId, state, attempts, createdAt, nextAttemptAt, error } = delivery;
  const { webhooks } = useClient();
  const queries = useQueryClient();
  const toast = useToast();
  const resend = useMutation({
    mutationFn: () => webhooks.resend(id),
    onSuccess: () => void queries.invalidateQueries({ queryKey: keys.webhooks }),
    onError: ({ message }: Error) => toast('bad', message),
  });
  const [mood, icon, word] = WORDS[state];
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
      <div className="min-w-0 flex-1 basis-72">
        <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1 text-sm">
          <span className="font-medium">{type}</span>
          <Badge mood={mood} icon={icon}>
            {word}
          </Badge>
          {taskId !== null && (
            <Link to="/ui/tasks/$taskId" params={{ taskId }} className="rounded text-accent hover:underline">
              its task
            </Link>
          )}
        </p>
        <p className="mt-0.5 flex flex-wrap gap-x-3 text-[0.8125rem] [overflow-wrap:anywhere] text-quiet">
          <span>to {to}</span>
          <RelativeTime at={createdAt} />
          {error !== null && <span>{error}</span>}
          {state === 'pending' && attempts > 0 && nextAttemptAt !== null && (
            <span>
              Again <RelativeTime at={nextAttemptAt} />
            </span>
          )}
        </p>
      </div>
      <Button size="small" busy={resend.isPending} onClick={() => resend.mutate()}>
        <RotateCw size={14} aria-hidden /> Send again
      </Button>
    </li>
  );
}
