import { Lock, type LucideIcon, RotateCw, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { RefusedError, UnreachableError } from '#client';
import { Button } from './button.js';

/** What stands where a list would, when there is nothing to list: why, and what to do. */
export function EmptyState({ icon: Icon, title, children }: { icon: LucideIcon; title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-1.5 px-6 py-8 text-center">
      <Icon size={22} aria-hidden className="text-quiet" />
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="max-w-prose text-sm text-quiet">{children}</div>}
    </div>
  );
}

/** What stands on a page whose address is known to somebody whose role does not cover it. */
export function NotForYou({ children }: { children: ReactNode }) {
  return (
    <EmptyState icon={Lock} title="This token may not see that">
      {children} Sign in with another token to see it.
    </EmptyState>
  );
}

/** What stands where something would that could not be read. */
export function ErrorState({ error, retry }: { error: Error; retry?: () => void }) {
  return (
    <div role="alert" className="flex flex-col items-center gap-2 px-6 py-8 text-center">
      <TriangleAlert size={22} aria-hidden className="text-bad" />
      <p className="font-medium">{titleOf(error)}</p>
      <p className="max-w-prose text-sm break-words text-quiet">{error.message}</p>
      {retry && (
        <Button size="small" onClick={retry}>
          <RotateCw size={14} aria-hidden /> Try again
        </Button>
      )}
    </div>
  );
}

function titleOf(error: Error): string {
  if (error instanceof UnreachableError) return 'The server cannot be reached';
  if (error instanceof RefusedError && error.status === 403) return 'This token may not see that';
  if (error instanceof RefusedError && error.status === 404) return 'There is no such thing any more';
  return 'That did not work';
}

/** Grey lines in the place of what is being read. */
export function Loading({ lines = 3, label = 'Loading' }: { lines?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="space-y-3 p-4">
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <div key={line} className={`h-4 animate-pulse rounded bg-raised ${line % 2 === 0 ? 'w-full' : 'w-2/3'}`} />
      ))}
    </div>
  );
}
