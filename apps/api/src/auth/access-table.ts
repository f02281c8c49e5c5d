import type { Request } from 'express';
import type { Role, TokenRole } from '../domain/actor.js';

/** The shares of calls that a token has; a worker's calls count against none. */
export type Share = 'token' | 'heavy';

export interface Rule {
  /** Who may call it besides `admin`, who may call everything; `public`: anybody, without a token. */
  roles: 'public' | readonly TokenRole[];
  shares: readonly Share[];
}

const anybody: Rule = { roles: 'public', shares: [] };
const workers: Rule = { roles: ['worker'], shares: [] };
const allow = (...roles: TokenRole[]): Rule => ({ roles, shares: ['token'] });
/** It reads without bound: each call may cost what thousands of others do. */
const heavy = (rule: Rule): Rule => ({ ...rule, shares: ['token', 'heavy'] });

const readers = allow('client', 'viewer');
const clients = allow('client');
const everybody = allow('client', 'viewer', 'worker');
const auditors = allow('viewer');
const admins = allow();

/**
 * Who may call what: one line for each route, by method and pattern. A route that is not here is nobody's; a test holds
 * the table and the OpenAPI document together.
 */
export const ACCESS: Readonly<Record<string, Rule>> = {
  'GET /health': anybody,
  'GET /health/live': anybody,
  'GET /health/ready': anybody,
  'GET /metrics': readers,

  'POST /tasks': clients,
  'POST /tasks/batch': clients,
  'GET /tasks': readers,
  'GET /tasks/stats': readers,
  'GET /tasks/:id': readers,
  'GET /tasks/:id/output': readers,
  'DELETE /tasks/:id': clients,
  'POST /tasks/:id/cancel': clients,
  'POST /tasks/:id/retry': clients,
  'POST /tasks/held/release': admins,
  'POST /tasks/uploads': clients,
  'GET /tasks/:id/artifacts': readers,
  'GET /tasks/:id/artifacts/:name': readers,
  'POST /files/read': clients,
  'POST /files/write': clients,
  'POST /files/edit': clients,
  'POST /files/list': clients,
  'POST /claude': clients,
  'GET /claude/sessions': readers,

  'GET /worker/poll': workers,
  'POST /worker/poll': workers,
  'POST /worker/output': workers,
  'POST /worker/result': workers,
  'POST /worker/artifacts': workers,
  'PUT /worker/artifacts/:id': workers,
  'GET /worker/tasks/:taskId/upload': workers,
  'GET /workers': readers,
  'GET /workers/:name': readers,
  'POST /workers/:name/drain': admins,
  'POST /workers/:name/resume': admins,

  'GET /events': readers,

  // What each of its tools is allowed to do, is what the route that does the same is.
  'POST /mcp': readers,

  'POST /schedules': clients,
  'GET /schedules': readers,
  'GET /schedules/:id': readers,
  'PATCH /schedules/:id': clients,
  'DELETE /schedules/:id': clients,
  'POST /schedules/:id/run': clients,
  'GET /schedules/:id/upcoming': readers,

  'POST /webhooks': admins,
  'GET /webhooks': admins,
  'GET /webhooks/deliveries': admins,
  'GET /webhooks/deliveries/:id': admins,
  'POST /webhooks/deliveries/:id/resend': admins,
  'POST /webhooks/task-secret/rotate': admins,
  'GET /webhooks/:id': admins,
  'PATCH /webhooks/:id': admins,
  'DELETE /webhooks/:id': admins,
  'POST /webhooks/:id/rotate': admins,
  'POST /webhooks/:id/test': admins,
  'GET /webhooks/:id/deliveries': admins,

  'GET /audit': auditors,
  'GET /audit/export': heavy(auditors),
  'GET /audit/verify': heavy(auditors),

  // Discord calls this one: it checks the signature itself.
  'POST /discord/interactions': anybody,
  'POST /notify': clients,

  'POST /tokens': admins,
  'GET /tokens': admins,
  'GET /tokens/current': everybody,
  'POST /tokens/:id/rotate': admins,
  'DELETE /tokens/:id': admins,
};

/** The route that a request has come to, such as `GET /tasks/:id`. */
export function routeOf({ method, route }: Request): string {
  // Express answers HEAD by the handler of GET.
  return `${method === 'HEAD' ? 'GET' : method} ${(route as { path: string }).path}`;
}

export const ruleFor = (request: Request): Rule | undefined => ACCESS[routeOf(request)];

export function allows(rule: Rule | undefined, role: Role | undefined): boolean {
  if (!rule) return false;
  if (rule.roles === 'public' || role === 'admin') return true;
  return rule.roles.some((allowed) => allowed === role);
}
