import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { RefusedError } from '#client';
import type { TaskSummary } from '#contracts';
import { useClient } from '../app/session.js';
import { OutputLog } from './output-log.js';

/** Each held call takes one of the few connections that a browser has for a server: only one output is followed so. */
const HOLD_MS = 25_000;
const GLANCE_MS = 1200;
const RETRY_MS = 2000;

export type FollowedTask = Pick<TaskSummary, 'taskId' | 'status'>;

export interface FollowedOutput {
  log: OutputLog;
  /** Nothing follows: the task has ended and all of it is here. */
  done: boolean;
  /** Why it cannot be read; one that may pass is tried again. */
  error: Error | null;
}

interface Options {
  /** Shows no more than about the last so many bytes of what there is at first. */
  tail?: number;
  /** Looks now and then instead of holding a call: for several outputs on one page. */
  glance?: boolean;
}

/** What a task prints, as it prints it, until it has ended; anew when one that was lost comes back. */
export function useTaskOutput(
  { taskId, status }: FollowedTask,
  { tail, glance = false }: Options = {},
): FollowedOutput {
  const client = useClient();
  const [returns, setReturns] = useState(0);
  const isLost = status === 'lost';
  const wasLost = useRef(isLost);
  useEffect(() => {
    if (wasLost.current && !isLost) setReturns((before) => before + 1);
    wasLost.current = isLost;
  }, [isLost]);
  const [followed, setFollowed] = useState<FollowedOutput>(() => ({ log: new OutputLog(), done: false, error: null }));

  // biome-ignore lint/correctness/useExhaustiveDependencies: what comes after a return is looked for from the beginning
  useEffect(() => {
    const log = new OutputLog();
    const stop = new AbortController();
    const { signal } = stop;
    setFollowed({ log, done: false, error: null });
    const follow = async () => {
      for (let after = 0, first = true; !signal.aborted; ) {
        try {
          // The first look is not held, so that what there is shows at once.
          const wait = glance || first ? 0 : HOLD_MS;
          const page = await client.tasks.outputPage(taskId, { after, tail: first ? tail : undefined, wait, signal });
          log.append(page.chunks);
          after = page.next;
          setFollowed((before) => (before.error || page.done ? { log, done: page.done, error: null } : before));
          if (page.done) return;
          if (glance && !first && page.chunks.length === 0) await pause(GLANCE_MS, signal);
          else if (glance) await pause(GLANCE_MS / 2, signal);
          first = false;
        } catch (error) {
          if (signal.aborted) return;
          setFollowed({ log, done: false, error: error as Error });
          if (error instanceof RefusedError && error.status < 500 && error.status !== 429) return;
          await pause(RETRY_MS, signal);
        }
      }
    };
    void follow();
    return () => stop.abort();
  }, [client, taskId, tail, glance, returns]);

  return followed;
}

/** Draws anew whenever the log has grown. */
export const useVersion = (log: OutputLog): number => useSyncExternalStore(log.subscribe, () => log.version);

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
