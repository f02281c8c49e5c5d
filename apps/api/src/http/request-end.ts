import type { Request, RequestHandler, Response } from 'express';
import { type Rule, ruleFor } from '../auth/access-table.js';
import type { Actor } from '../domain/actor.js';
import type { Clock } from '../domain/clock.js';
import { isEventStream } from './event-stream.js';

/** A request that is over. */
export interface EndedRequest {
  id: string;
  method: string;
  /** As it was asked for, without the query. */
  path: string;
  /** The pattern of its route, such as `/tasks/:id`; `other` for what is no route of the API. */
  route: string;
  kind: RequestKind;
  /** Whether it asked to be held until there is something to answer. */
  held: boolean;
  /** 499 when the caller left before it was answered. */
  status: number;
  /** Milliseconds from its head to the last byte of the answer. */
  ms: number;
  /** Whose valid token it carried. */
  actor: Actor | null;
  /** The task that it was about, or that it made. */
  taskId: string | null;
}

/** `heavy` reads without bound; `probe` is what says little in a log: health, metrics, documentation, files of the web page. */
type RequestKind = 'client' | 'heavy' | 'worker' | 'probe' | 'other';

/** nginx's number for it; no answer carries it. */
const CALLER_LEFT = 499;
const MAX_PATH = 1024;
/** Routes whose calls are held without a `wait` in their address. */
const HOLDING = ['/worker/poll', '/mcp'];
const HELD = /[?&]wait=(?!0*(?:&|$))/;
const PAGES = /^\/(?:(?:docs(?:-json)?|ui|assets)(?:\/|$)|$)/;
const ID = /^[0-9a-f-]{36}$/i;

/** Tells of every request when it is over, however it ended. */
export function onRequestEnd(clock: Clock, listeners: readonly ((ended: EndedRequest) => void)[]): RequestHandler {
  return (request, response, next) => {
    const begun = clock.now().monotonic;
    response.once('close', () => {
      const ended = describe(request, response, clock.now().monotonic - begun);
      for (const listener of listeners) listener(ended);
    });
    next();
  };
}

function describe(request: Request, response: Response, ms: number): EndedRequest {
  const { id, method, originalUrl } = request;
  const [path = ''] = originalUrl.split('?', 1);
  // Absent when nothing was found for the path.
  const route = request.route as { path: string } | undefined;
  const rule = route && ruleFor(request);
  return {
    id,
    method,
    path: path.slice(0, MAX_PATH),
    route: rule && route ? route.path : 'other',
    kind: kindOf(path, route?.path, rule),
    held: HOLDING.includes(route?.path ?? '') || HELD.test(originalUrl) || isEventStream(response),
    status: response.headersSent ? response.statusCode : CALLER_LEFT,
    ms,
    actor: request.actor ?? null,
    taskId: taskOf(request, response),
  };
}

function kindOf(path: string, route: string | undefined, rule: Rule | undefined): RequestKind {
  if (!rule) return PAGES.test(path) ? 'probe' : 'other';
  if (rule.roles === 'public' || route === '/metrics') return 'probe';
  if (rule.roles.length === 1 && rule.roles[0] === 'worker') return 'worker';
  return rule.shares.includes('heavy') ? 'heavy' : 'client';
}

/** What the path names, what a report names, or what the answer tells of. */
function taskOf(request: Request, response: Response): string | null {
  const route = (request.route as { path: string } | undefined)?.path ?? '';
  const named = route.startsWith('/tasks/:id') ? request.params.id : undefined;
  const reported = (request.body as { taskId?: unknown } | undefined)?.taskId;
  const id: unknown = named ?? reported ?? response.locals.taskId;
  return typeof id === 'string' && ID.test(id) ? id : null;
}
