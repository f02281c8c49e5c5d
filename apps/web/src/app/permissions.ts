import type { TokenRole } from '#contracts';

/** What people do here, and which roles may, as the access table of the API has it. */
const ALLOWED = {
  submit: ['admin', 'client'],
  schedule: ['admin', 'client'],
  steerWorkers: ['admin'],
  readAudit: ['admin', 'viewer'],
  manageTokens: ['admin'],
  manageWebhooks: ['admin'],
} as const satisfies Record<string, readonly TokenRole[]>;

export type Permission = keyof typeof ALLOWED;

export const may = (role: TokenRole, permission: Permission): boolean =>
  ALLOWED[permission].some((allowed) => allowed === role);
