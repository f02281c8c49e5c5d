import { KeyRound } from 'lucide-react';
import type { CreatedToken } from '#contracts';
import { Button } from '../../components/button.js';
import { CopyButton } from '../../components/copy-button.js';

/** The secret of a new or rotated token, which cannot be read again. */
export function SecretShown({ token: { name, token }, onClose }: { token: CreatedToken; onClose: () => void }) {
  return (
    <section aria-label="New secret" className="card mb-4 border-accent bg-accent-soft p-4">
      <p className="flex items-center gap-2 font-medium">
        <KeyRound size={17} aria-hidden className="shrink-0 text-accent" />
        <span className="min-w-0 [overflow-wrap:anywhere]">The secret of {name}</span>
      </p>
      <p className="mt-1 text-sm">
        Copy it now: it is shown only this once. The server keeps a hash of it and cannot tell it again.
      </p>
      <div className="mt-3 flex flex-wrap items-center gap-2">
        <p className="flex min-w-0 flex-1 items-center gap-1 rounded-lg border border-line bg-surface py-1 pr-1 pl-3">
          <code className="min-w-0 flex-1 text-[0.8125rem] break-all select-all">{token}</code>
          <CopyButton label="Copy the secret" text={token} />
        </p>
        <Button onClick={onClose}>I have it</Button>
      </div>
    </section>
  );
}
