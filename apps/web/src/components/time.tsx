import { useSyncExternalStore } from 'react';
import { formatDistance, formatElapsed, formatInstant } from '../format/time.js';

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

/** One clock for all that shows the time; it stands still while nothing does. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    for (const told of listeners) told();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time in milliseconds, anew every second. */
const useNow = (): number => useSyncExternalStore(subscribe, () => now);

/** How long ago or ahead a moment is; in full when it is pointed at. */
export function RelativeTime({ at }: { at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={formatInstant(at)} className="numbers whitespace-nowrap">
      {formatDistance(at, useNow())}
    </time>
  );
}

/** How long something has been going on. */
export function Elapsed({ since }: { since: number }) {
  return <span className="numbers whitespace-nowrap">{formatElapsed(Math.max(0, useNow() - since))}</span>;
}
