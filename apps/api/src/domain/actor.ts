/** What a token may be good for. */
export type TokenRole = 'admin' | 'client' | 'worker' | 'viewer';

export type Role = TokenRole | 'system' | 'anonymous';

/** Who does something, and from where, as the audit records it. */
export interface Actor {
  id: string;
  name: string;
  role: Role;
  ip: string | null;
  userAgent: string | null;
  requestId: string | null;
}

/** Whoever shows no valid token. */
export const ANONYMOUS: Actor = {
  id: 'anonymous',
  name: 'anonymous',
  role: 'anonymous',
  ip: null,
  userAgent: null,
  requestId: null,
};

/** The server itself: sweeps, start and stop. */
export const SYSTEM: Actor = {
  id: 'system',
  name: 'system',
  role: 'system',
  ip: null,
  userAgent: null,
  requestId: null,
};
