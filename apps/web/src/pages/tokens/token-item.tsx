import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban, RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import type { CreatedToken, TokenRecord } from '#contracts';
import { keys } from '../../app/queries.js';
import { useClient, useIdentity, useSessionControl } from '../../app/session.js';
import { ConfirmButton } from '../../components/confirm-button.js';
import { Badge } from '../../components/status-badge.js';
import { RelativeTime } from '../../components/time.js';
import { useToast } from '../../components/toast.js';

export function TokenItem({ token, onRotated }: { token: TokenRecord; onRotated: (token: CreatedToken) => void }) {
  const { id, name, role, createdAt, expiresAt, rotatedAt, lastUsedAt, lastUsedIp } = token;
  const isOwn = useIdentity().id === id;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <span className="min-w-0 font-medium [overflow-wrap:anywhere]">{name}</span>
          <Badge mood={role === 'admin' ? 'warn' : 'calm'}>{role}</Badge>
          {isOwn && <Badge mood="good">You</Badge>}
        </p>
        <ul className="mt-1 flex flex-wrap gap-x-3 text-[0.8125rem] text-quiet">
          <Fact>
            {lastUsedAt === null ? (
              'Never used'
            ) : (
              <>
                Used <RelativeTime at={lastUsedAt} />
                {lastUsedIp !== null && ` from ${lastUsedIp}`}
              </>
            )}
          </Fact>
          <Fact>
            Made <RelativeTime at={createdAt} />
          </Fact>
          {rotatedAt !== null && (
            <Fact>
              Rotated <RelativeTime at={rotatedAt} />
            </Fact>
          )}
          <Fact>
            {expiresAt === null ? (
              'Never ends'
            ) : (
              <>
                Ends <RelativeTime at={expiresAt} />
              </>
            )}
          </Fact>
        </ul>
      </div>
      <Actions token={token} onRotated={onRotated} isOwn={isOwn} />
    </li>
  );
}

const OWN_GRACE_MS = 30_000;

const Fact = ({ children }: { children: ReactNode }) => <li>{children}</li>;

function Actions({
  token: { id, name },
  onRotated,
  isOwn,
}: {
  token: TokenRecord;
  onRotated: (token: CreatedToken) => void;
  isOwn: boolean;
}) {
  const client = useClient();
  const queries = useQueryClient();
  const toast = useToast();
  const onError = ({ message }: Error) => toast('bad', message);
  const readAgain = () => void queries.invalidateQueries({ queryKey: keys.tokens });
  const { goOnWith } = useSessionControl();
  const rotate = useMutation({
    // The page's own calls that are under way have to end well.
    mutationFn: () => client.tokens.rotate(id, isOwn ? OWN_GRACE_MS : undefined),
    // What a mutation has answered is kept otherwise, and this holds a secret.
    gcTime: 0,
    onSuccess: (rotated) => {
      onRotated(rotated);
      if (isOwn) goOnWith(rotated);
      readAgain();
    },
    onError,
  });
  const revoke = useMutation({
    mutationFn: () => client.tokens.revoke(id),
    onSuccess: () => {
      readAgain();
      toast('good', `${name} was revoked.`);
    },
    onError,
  });
  const own = isOwn ? ' It is the one that you are signed in with, so you will be signed out.' : '';
  const oldEnds = isOwn
    ? 'The secret that it has now stops working in half a minute; this page goes on with the new one.'
    : 'The secret that it has now stops working at once.';
  return (
    <div className="flex gap-1.5">
      <ConfirmButton
        size="small"
        tone="plain"
        busy={rotate.isPending}
        title={`Give ${name} a new secret?`}
        body={oldEnds}
        confirm="Rotate"
        cancel="Cancel"
        onConfirm={() => rotate.mutate()}
      >
        <RefreshCw size={14} aria-hidden /> Rotate
      </ConfirmButton>
      <ConfirmButton
        size="small"
        busy={revoke.isPending}
        title={`Revoke ${name}?`}
        body={`It stops working at once and cannot be brought back.${own}`}
        confirm="Revoke"
        onConfirm={() => revoke.mutate()}
      >
        <Ban size={14} aria-hidden /> Revoke
      </ConfirmButton>
    </div>
  );
}
