import type { QueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react';
import { OpenClawClient, RefusedError } from '#client';
import type { CreatedToken, TokenIdentity } from '#contracts';
import { may, type Permission } from './permissions.js';
import { createQueryClient } from './queries.js';

/** For this tab alone: another one asks for the token again. */
const KEY = 'openclaw-token';
/** Queries are tried again anyway; what is submitted bears this long an outage. */
const RETRY_FOR_MS = 5000;
const WORKER_TOKEN = 'This token is for workers. Use one with the role admin, client or viewer.';

export type Session =
  | { state: 'checking' }
  | { state: 'unreachable' }
  /** `reason` tells why a session that was there has ended. */
  | { state: 'signed-out'; reason: string | null }
  /** `queries` holds what was read in this name, and goes with it. */
  | { state: 'signed-in'; client: OpenClawClient; identity: TokenIdentity; queries: QueryClient };

interface Control {
  session: Session;
  /** Rejects with what is wrong with the token, or with the way to the server. */
  signIn(token: string): Promise<void>;
  /** Goes on with another secret of the same token. */
  goOnWith(rotated: CreatedToken): void;
  signOut(): void;
}

const Context = createContext<Control | null>(null);

const clientFor = (token: string) => new OpenClawClient({ url: window.location.origin, token, retryFor: RETRY_FOR_MS });

async function identify(client: OpenClawClient): Promise<TokenIdentity> {
  const identity = await client.tokens.current();
  if (identity.role === 'worker') throw new RefusedError(403, 'forbidden', WORKER_TOKEN);
  return identity;
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session>(() =>
    sessionStorage.getItem(KEY) === null ? { state: 'signed-out', reason: null } : { state: 'checking' },
  );

  const leave = useCallback((reason: string | null) => {
    sessionStorage.removeItem(KEY);
    setSession({ state: 'signed-out', reason });
  }, []);

  const signIn = useCallback(
    async (token: string) => {
      const client = clientFor(token);
      const identity = await identify(client);
      sessionStorage.setItem(KEY, token);
      setSession({ state: 'signed-in', client, identity, queries: createQueryClient(leave) });
    },
    [leave],
  );

  const { state } = session;
  useEffect(() => {
    const token = sessionStorage.getItem(KEY);
    if (token === null || (state !== 'checking' && state !== 'unreachable')) return;
    let wanted = true;
    const check = () =>
      signIn(token).catch((error: Error) => {
        if (!wanted) return;
        // Anything else, such as a limit of calls, says nothing against the token.
        if (error instanceof RefusedError && [401, 403].includes(error.status)) leave(error.message);
        else setSession({ state: 'unreachable' });
      });
    if (state === 'checking') void check();
    const timer = setInterval(check, 5000);
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [state, signIn, leave]);

  const goOnWith = useCallback(({ token, ...identity }: CreatedToken) => {
    sessionStorage.setItem(KEY, token);
    setSession((before) => (before.state === 'signed-in' ? { ...before, client: clientFor(token), identity } : before));
  }, []);
  const control = useMemo(
    () => ({ session, signIn, goOnWith, signOut: () => leave(null) }),
    [session, signIn, goOnWith, leave],
  );
  return <Context value={control}>{children}</Context>;
}

export function useSessionControl(): Control {
  const control = use(Context);
  if (!control) throw new Error('used outside of the SessionProvider');
  return control;
}

function useSignedIn() {
  const { session } = useSessionControl();
  if (session.state !== 'signed-in') throw new Error('used where nobody is signed in');
  return session;
}

/** The API in the name of whoever is signed in. */
export const useClient = (): OpenClawClient => useSignedIn().client;

export const useIdentity = (): TokenIdentity => useSignedIn().identity;

/** Whether whoever is signed in may do that: what they may not is not shown. */
export const useMay = (permission: Permission): boolean => may(useIdentity().role, permission);
