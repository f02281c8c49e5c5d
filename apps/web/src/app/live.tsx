import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useEffect, useState } from 'react';
import { type LiveEvent, type OpenClawClient, UnreachableError } from '#client';
import { keys } from './queries.js';
import { useClient } from './session.js';

/**
 * How news arrive: `live` as they happen; `polling` when the stream of events is not to be had; `offline` when nothing is.
 */
export type Connection = 'live' | 'polling' | 'offline';

const Context = createContext<Connection>('live');

export const useConnection = (): Connection => use(Context);

/** How often what is shown is read anew without the stream, and whether the server can be reached is tried. */
const POLL_MS = 4000;
/** However much happens, what is shown is read anew no more often than this. */
const PACE_MS = 1500;

/** Keeps what is shown up to date: one stream of events for the tab, whose hints make queries be read anew. */
export function Live({ children }: { children: ReactNode }) {
  const client = useClient();
  const queries = useQueryClient();
  const [connection, setConnection] = useState<Connection>('live');

  useEffect(() => {
    const stop = new AbortController();
    const stale = new StaleKeys((key) => void queries.invalidateQueries({ queryKey: key }));
    const readAll = () => void queries.invalidateQueries();
    let polling: ReturnType<typeof setInterval> | undefined;
    const poll = async () => {
      const reachable = await isReachable(client, stop.signal);
      if (stop.signal.aborted || polling === undefined) return;
      setConnection(reachable ? 'polling' : 'offline');
      if (reachable) readAll();
    };
    const onConnection = (connected: boolean) => {
      if (connected) {
        clearInterval(polling);
        polling = undefined;
        setConnection('live');
        // What has changed while nobody listened was told to nobody.
        readAll();
      } else if (polling === undefined) {
        polling = setInterval(poll, POLL_MS);
        void poll();
      }
    };
    const listen = async () => {
      for await (const event of client.events({}, { signal: stop.signal, onConnection })) {
        if (event.event === 'reset') readAll();
        else for (const key of staleAfter(event)) stale.add(key);
      }
    };
    listen().catch((error: Error) => {
      // Refused for good, as by a proxy that does not let streams through: polling tells what is wrong, if anything is.
      if (!stop.signal.aborted) {
        console.warn(`no live events: ${error.message}`);
        onConnection(false);
      }
    });
    return () => {
      stop.abort();
      clearInterval(polling);
      stale.forget();
    };
  }, [client, queries]);

  return <Context value={connection}>{children}</Context>;
}

type Key = readonly unknown[];

function staleAfter({ event, data }: Exclude<LiveEvent, { event: 'reset' }>): Key[] {
  switch (event) {
    case 'task':
      return [keys.task(data.id), keys.taskLists, keys.stats, keys.workers];
    case 'worker':
      return [keys.workers];
    case 'schedule':
      return [keys.schedules];
  }
}

/** Keys to read anew: the first at once, those that follow it closely together a little later. */
class StaleKeys {
  private readonly waiting = new Map<string, Key>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly refresh: (key: Key) => void) {}

  add(key: Key): void {
    this.waiting.set(JSON.stringify(key), key);
    // All hints of one moment together.
    this.timer ??= setTimeout(() => this.flush(), 50);
  }

  forget(): void {
    clearTimeout(this.timer);
    this.waiting.clear();
  }

  private flush(): void {
    const keys = [...this.waiting.values()];
    this.waiting.clear();
    for (const key of keys) this.refresh(key);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.waiting.size > 0) this.flush();
    }, PACE_MS);
  }
}

async function isReachable(client: OpenClawClient, signal: AbortSignal): Promise<boolean> {
  try {
    await client.health(signal);
    return true;
  } catch (error) {
    return !(signal.aborted || error instanceof UnreachableError);
  }
}
