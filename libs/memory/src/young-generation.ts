import { PerformanceObserver, performance } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** So many collections within `WINDOW_MS` mean load: a program at rest has one now and then. */
const BUSY_COLLECTIONS = 20;
const WINDOW_MS = 1000;
/** Both halves of the young generation: beyond this, more room saves hardly any work. */
const ENOUGH_BYTES = 8 * 1_048_576;
const GROW = '--semi-space-growth-factor=4';
const STAY = '--semi-space-growth-factor=1';

/**
 * Lets the young generation, which `small-heap` keeps at its first size, grow while it is collected often: up to 8 MiB or
 * somewhat more. The engine gives the room back when little happens. Call it once the program is up, since starting is load too.
 */
export function growUnderLoad(): void {
  let [since, collections, flag] = [performance.now(), 0, STAY];
  const observer = new PerformanceObserver((list) => {
    const now = performance.now();
    if (now - since > WINDOW_MS) [since, collections] = [now, 0];
    collections += list.getEntries().length;
    const wanted = collections >= BUSY_COLLECTIONS && youngBytes() < ENOUGH_BYTES ? GROW : STAY;
    if (wanted === flag) return;
    flag = wanted;
    setFlagsFromString(flag);
  });
  observer.observe({ entryTypes: ['gc'] });
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
