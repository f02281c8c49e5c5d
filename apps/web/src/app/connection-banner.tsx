import { CloudOff } from 'lucide-react';
import { useConnection } from './live.js';

/** Tells of an outage for as long as it lasts. */
export function ConnectionBanner() {
  const connection = useConnection();
  return (
    <div role="status">
      {connection === 'offline' && (
        <p className="flex items-center justify-center gap-2 border-b border-line bg-warn-soft px-4 py-2 text-sm text-warn">
          <CloudOff size={16} aria-hidden className="shrink-0" />
          The server cannot be reached; trying again… What you see is what was known last.
        </p>
      )}
    </div>
  );
}
