import type { TokenRole } from '#contracts';

/** What each role may do, in a few words. */
export const ROLES: Record<TokenRole, string> = {
  viewer: 'sees everything but tokens, and changes nothing',
  client: 'runs tasks and schedules, and does not see the audit',
  worker: 'takes tasks and reports them; for worker machines',
  admin: 'may do everything, tokens included',
};
