import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Role } from '../domain/actor.js';
import { AccessGuard, AllowRoles, Public } from './access.guard.js';

@AllowRoles('worker')
class Routes {
  @Public()
  open() {
    return 'for anybody';
  }

  @AllowRoles('client', 'viewer')
  read() {
    return 'for readers';
  }

  inherited() {
    return 'for workers';
  }
}

class Undeclared {
  route() {
    return 'for admins';
  }
}

/** Whether a token of `role` gets through to `handler`, or the code that it is refused with. */
function verdict(type: object, handler: unknown, role: Role | null): string {
  const request = role === null ? {} : { actor: { role } };
  const context = {
    getHandler: () => handler,
    getClass: () => type,
    switchToHttp: () => ({ getRequest: () => request }),
  } as unknown as ExecutionContext;
  try {
    return new AccessGuard(new Reflector()).canActivate(context) ? 'passes' : 'refused';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('AccessGuard', () => {
  const { open, read, inherited } = Routes.prototype;

  it.each([
    ['a public route', Routes, open, { none: 'passes', worker: 'passes', admin: 'passes' }],
    [
      'a route of some roles',
      Routes,
      read,
      { none: 'unauthorized', viewer: 'passes', worker: 'forbidden', admin: 'passes' },
    ],
    [
      "a route with its controller's rule",
      Routes,
      inherited,
      { worker: 'passes', client: 'forbidden', admin: 'passes' },
    ],
    [
      'a route without a rule',
      Undeclared,
      Undeclared.prototype.route,
      { none: 'unauthorized', client: 'forbidden', admin: 'passes' },
    ],
  ])('holds %s to it', (_, type, handler, expected) => {
    const seen = Object.keys(expected).map((role) => [
      role,
      verdict(type, handler, role === 'none' ? null : (role as Role)),
    ]);
    expect(Object.fromEntries(seen)).toEqual(expected);
  });
});
