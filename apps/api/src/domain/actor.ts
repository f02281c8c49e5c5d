export type Role = 'admin' | 'client' | 'worker' | 'viewer' | 'system';

/** Who does something, and from where, as the audit records it. */
export interface Actor {
  id: string;
  name: string;
  role: Role;
  ip: string | null;
  userAgent: string | null;
  requestId: string | null;
}

/** The server itself: sweeps, start and stop. */
export const SYSTEM: Actor = {
  id: 'system',
  name: 'system',
  role: 'system',
  ip: null,
  userAgent: null,
  requestId: null,
};
