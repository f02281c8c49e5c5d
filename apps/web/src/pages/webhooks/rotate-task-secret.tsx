import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useClient } from '../../app/session.js';
import { ConfirmButton } from '../../components/confirm-button.js';
import type { Secret } from '../../components/secret-shown.js';
import { useToast } from '../../components/toast.js';

const HOUR = 3_600_000;

/** A new secret for what tasks send to webhooks of their own, which is the only way to learn one. */
export function RotateTaskSecret({
  children,
  onRotated,
}: {
  children: ReactNode;
  onRotated: (secret: Secret) => void;
}) {
  const client = useClient();
  const toast = useToast();
  const rotate = useMutation({
    mutationFn: () => client.webhooks.rotateTaskSecret(HOUR),
    // What a mutation has answered is kept otherwise, and this holds a secret.
    gcTime: 0,
    onSuccess: ({ secret }) => onRotated({ of: "tasks' own webhooks", secret }),
    onError: ({ message }: Error) => toast('bad', message),
  });
  return (
    <ConfirmButton
      tone="plain"
      busy={rotate.isPending}
      title="Make a new secret for tasks' own webhooks?"
      body="It signs what the field webhook of a task leads to, for all tasks. The secret that it is now signs for another hour."
      confirm="Rotate"
      cancel="Cancel"
      onConfirm={() => rotate.mutate()}
    >
      {children}
    </ConfirmButton>
  );
}
