import { KeyRound } from 'lucide-react';
import { Button } from './button.js';
import { CopyButton } from './copy-button.js';

/** A secret, and what it is the secret of. */
export interface Secret {
  of: string;
  secret: string;
}

/** A new secret, which cannot be read again; `advice` tells what to do with it. */
export function SecretShown({
  shown: { of, secret },
  advice,
  onClose,
}: {
  shown: Secret;
  advice: string;
  onClose: () => void;
}) {
  return (
    <section aria-label="New secret" className="card mb-4 border-accent bg-accent-soft p-4">
      <p className="flex items-center gap-2 font-medium">
        <KeyRound size={17} aria-hidden className="shrink-0 text-accent" />
        <span className="min-w-0 [overflow-wrap:anywhere]">The secret of {of}</span>
      </p>
      <p className="mt-1 text-sm">{advice}</p>
      <div className="mt-3 flex flex-wrap items-center gap-2">
        <p className="flex min-w-0 flex-1 items-center gap-1 rounded-lg border border-line bg-surface py-1 pr-1 pl-3">
          <code className="min-w-0 flex-1 text-[0.8125rem] break-all select-all">{secret}</code>
          <CopyButton label="Copy the secret" text={secret} />
        </p>
        <Button onClick={onClose}>I have it</Button>
      </div>
    </section>
  );
}
