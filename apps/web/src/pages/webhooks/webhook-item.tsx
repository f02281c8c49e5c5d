import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, CircleX, Pause, Pencil, RefreshCw, Send } from 'lucide-react';
import { useState } from 'react';
import type { WebhookRecord } from '#contracts';
import { keys } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { ConfirmButton } from '../../components/confirm-button.js';
import { DeleteButton, PauseButton } from '../../components/row-buttons.js';
import type { Secret } from '../../components/secret-shown.js';
import { Badge } from '../../components/status-badge.js';
import { RelativeTime } from '../../components/time.js';
import { useToast } from '../../components/toast.js';
import { WebhookDialog } from './webhook-dialog.js';

const HOUR = 3_600_000;

export function WebhookItem({ webhook, onRotated }: { webhook: WebhookRecord; onRotated: (secret: Secret) => void }) {
  const { url, description, events, createdAt, failingSince } = webhook;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-72">
        <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <span className="min-w-0 font-medium [overflow-wrap:anywhere]">{nameOf(webhook)}</span>
          <StateBadge webhook={webhook} />
        </p>
        {description !== '' && <p className="mt-0.5 text-sm [overflow-wrap:anywhere] text-quiet">{url}</p>}
        <p className="mt-1 flex flex-wrap gap-x-3 text-[0.8125rem] text-quiet">
          <span className="[overflow-wrap:anywhere]">{events.join(', ')}</span>
          <span>
            Made <RelativeTime at={createdAt} />
          </span>
          {failingSince !== null && (
            <span>
              Took nothing since <RelativeTime at={failingSince} />
            </span>
          )}
        </p>
      </div>
      <Actions webhook={webhook} onRotated={onRotated} />
    </li>
  );
}

/** What people call it. */
export const nameOf = ({ description, url }: WebhookRecord): string => (description === '' ? url : description);

function StateBadge({ webhook: { enabled, disabledReason, failingSince } }: { webhook: WebhookRecord }) {
  if (disabledReason !== null) {
    return (
      <Badge mood="bad" icon={CircleX}>
        {disabledReason === 'gone' ? 'Gone' : 'Given up'}
      </Badge>
    );
  }
  if (!enabled) {
    return (
      <Badge mood="calm" icon={Pause}>
        Paused
      </Badge>
    );
  }
  return failingSince === null ? (
    <Badge mood="good" icon={CircleCheck}>
      On
    </Badge>
  ) : (
    <Badge mood="warn" icon={CircleAlert}>
      Failing
    </Badge>
  );
}

function Actions({ webhook, onRotated }: { webhook: WebhookRecord; onRotated: (secret: Secret) => void }) {
  const { id, enabled } = webhook;
  const name = nameOf(webhook);
  const { webhooks } = useClient();
  const queries = useQueryClient();
  const toast = useToast();
  const [isEdited, setIsEdited] = useState(false);
  const onError = ({ message }: Error) => toast('bad', message);
  const readAgain = () => void queries.invalidateQueries({ queryKey: keys.webhooks });
  const told = (text: string) => ({
    onSuccess: () => {
      readAgain();
      toast('good', text);
    },
    onError,
  });
  const test = useMutation({
    mutationFn: () => webhooks.test(id),
    ...told('A message was sent: see how it went below.'),
  });
  const toggle = useMutation({
    mutationFn: () => webhooks.change(id, { enabled: !enabled }),
    ...told(enabled ? `${name} is paused.` : `${name} goes on.`),
  });
  const remove = useMutation({ mutationFn: () => webhooks.remove(id), ...told(`${name} was deleted.`) });
  const rotate = useMutation({
    mutationFn: () => webhooks.rotate(id, HOUR),
    // What a mutation has answered is kept otherwise, and this holds a secret.
    gcTime: 0,
    onSuccess: ({ secret }) => {
      readAgain();
      onRotated({ of: name, secret });
    },
    onError,
  });
  return (
    <div className="flex flex-wrap gap-1.5">
      <Button size="small" disabled={!enabled} busy={test.isPending} onClick={() => test.mutate()}>
        <Send size={14} aria-hidden /> Test
      </Button>
      <PauseButton enabled={enabled} busy={toggle.isPending} onToggle={() => toggle.mutate()} />
      <Button size="small" onClick={() => setIsEdited(true)}>
        <Pencil size={14} aria-hidden /> Edit
      </Button>
      <ConfirmButton
        size="small"
        tone="plain"
        busy={rotate.isPending}
        title={`Give ${name} a new secret?`}
        body="The secret that it has now signs for another hour, so that the receiver can take up the new one."
        confirm="Rotate"
        cancel="Cancel"
        onConfirm={() => rotate.mutate()}
      >
        <RefreshCw size={14} aria-hidden /> Rotate
      </ConfirmButton>
      <DeleteButton
        name={name}
        consequence="It is told nothing any more, and what it was sent is forgotten."
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
      {isEdited && <WebhookDialog edits={webhook} onClose={() => setIsEdited(false)} />}
    </div>
  );
}
