import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ACCESS } from '../src/auth/access-table.js';
import { type ApiServer, startApi } from './api-server.js';

const ROLES = ['admin', 'client', 'worker', 'viewer'] as const;

let api: ApiServer;
const tokens = new Map<string, string>();
beforeAll(async () => {
  api = await startApi({ RATE_LIMIT_PER_MINUTE: '0', AUTH_FAILURES_PER_MINUTE: '0' });
  for (const role of ROLES) {
    const { body } = await api.post('/tokens', { name: role, role });
    tokens.set(role, body.token);
  }
});
afterAll(() => api.close());

describe('the access table', () => {
  it('has a rule for every route of the OpenAPI document, and no other', async () => {
    const { body } = await api.get('/docs-json');
    const routes = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(Object.keys(ACCESS).sort()).toEqual(routes.sort());
  });

  it.each(Object.entries(ACCESS))('is what %s does for every role, and for nobody', async (route, { roles }) => {
    const [method = '', pattern = ''] = route.split(' ');
    // Something that there is not: no call changes anything, and a poll is answered at once.
    const path = `${pattern.replace(/:\w+/g, '0190b3c0-0000-7000-8000-000000000000')}?wait=0`;
    const sent = (token: string | null) => {
      const body = method === 'POST' || method === 'PATCH' ? { body: { none: 1 } } : {};
      return api.call(method, path, { token, ...body });
    };
    const nobody = await sent(null);
    // Discord, which is not set up here.
    if (route === 'POST /discord/interactions') expect(nobody.status).toBe(404);
    else if (roles === 'public') expect(nobody.status).toBe(200);
    else expect(nobody).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    for (const role of ROLES) {
      const { status, body } = await sent(tokens.get(role) ?? '');
      const allowed = roles === 'public' || role === 'admin' || roles.some((other) => other === role);
      if (allowed) expect([401, 403]).not.toContain(status);
      else expect({ status, code: body.code }).toEqual({ status: 403, code: 'forbidden' });
    }
  });
});
