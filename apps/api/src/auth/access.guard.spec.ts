import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import type { Role } from '../domain/actor.js';
import { operator } from '../storage/testing/builders.js';
import { AccessGuard } from './access.guard.js';
import type { Denial, GatheredDenials } from './gathered-denials.js';

/** What a token of `role` is told at a route, and what is noted of it. */
function verdict(method: string, path: string, role: Role | null) {
  const noted: Denial[] = [];
  const guard = new AccessGuard({ note: (denial: Denial) => noted.push(denial) } as unknown as GatheredDenials);
  const request = { method, route: { path }, actor: role === null ? undefined : { ...operator, role } };
  const context = { switchToHttp: () => ({ getRequest: () => request }) } as unknown as ExecutionContext;
  try {
    return { passes: guard.canActivate(context), noted };
  } catch (error) {
    return { passes: false, error, noted };
  }
}

describe('AccessGuard', () => {
  it.each([
    ['GET', '/tasks/:id', { admin: true, client: true, viewer: true, worker: false }],
    ['HEAD', '/tasks/:id', { admin: true, client: true, viewer: true, worker: false }],
    ['POST', '/tasks', { admin: true, client: true, viewer: false, worker: false }],
    ['POST', '/worker/result', { admin: true, client: false, viewer: false, worker: true }],
    ['GET', '/audit', { admin: true, client: false, viewer: true, worker: false }],
    ['POST', '/tokens', { admin: true, client: false, viewer: false, worker: false }],
    ['GET', '/health', { admin: true, client: true, viewer: true, worker: true }],
  ])('holds %s %s to the table', (method, path, expected) => {
    const seen = Object.keys(expected).map((role) => [role, verdict(method, path, role as Role).passes]);
    expect(Object.fromEntries(seen)).toEqual(expected);
  });

  it('lets nobody call a route that has no rule', () => {
    for (const role of ['admin', 'client', 'worker', 'viewer', null] as const) {
      expect(verdict('GET', '/secrets', role)).toMatchObject({ passes: false, error: { code: 'forbidden' } });
      expect(verdict('PUT', '/tasks', role).passes).toBe(false);
    }
  });

  it('says which role would do, and notes who was refused', () => {
    const { error, noted } = verdict('GET', '/tasks', 'worker');
    expect(error).toMatchObject({
      message: 'a token of the role worker may not do this; it takes one of the role client or viewer or admin',
    });
    expect(noted).toMatchObject([{ action: 'auth.forbidden', target: 'GET /tasks', actor: { role: 'worker' } }]);
  });
});
