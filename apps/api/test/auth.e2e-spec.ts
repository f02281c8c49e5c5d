import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GatheredDenials } from '../src/auth/gathered-denials.js';
import { type ApiServer, startApi } from './api-server.js';

let api: ApiServer;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const make = async (fields: object = {}) =>
  (await api.post('/tokens', { name: 'laptop', role: 'client', ...fields })).body;
const statusAs = async (token: string, path = '/tasks') => (await api.get(path, { token })).status;

describe('a token', () => {
  it('tells whose it is', async () => {
    for (const role of ['admin', 'client', 'viewer', 'worker']) {
      const { id, token, expiresAt } = await make({ role, expiresIn: 60_000 });
      expect((await api.get('/tokens/current', { token })).body).toEqual({ id, name: 'laptop', role, expiresAt });
    }
    const own = { id: 'environment', name: 'WORKER_TOKEN', role: 'admin', expiresAt: null };
    expect((await api.get('/tokens/current')).body).toEqual(own);
  });

  it('is shown once, and is good for its role until it is revoked', async () => {
    const made = await make();
    expect(made).toEqual({
      id: expect.any(String),
      token: expect.stringMatching(/^ocw_[\w-]{43}$/),
      name: 'laptop',
      role: 'client',
      createdAt: expect.any(Number),
      expiresAt: null,
      rotatedAt: null,
      lastUsedAt: null,
      lastUsedIp: null,
    });
    expect(await statusAs(made.token)).toBe(200);
    const { body } = await api.get('/tokens');
    expect(body.items).toMatchObject([{ id: made.id, lastUsedAt: expect.any(Number), lastUsedIp: '127.0.0.1' }]);
    expect(JSON.stringify(body)).not.toContain(made.token);
    expect(await api.call('DELETE', `/tokens/${made.id}`)).toMatchObject({ status: 204 });
    expect(await statusAs(made.token)).toBe(401);
    expect(await api.call('DELETE', `/tokens/${made.id}`)).toMatchObject({
      status: 404,
      body: { code: 'token_not_found' },
    });
  });

  it('is shown by no cache, and is in neither the storage nor the audit', async () => {
    const made = await api.post('/tokens', { name: 'laptop', role: 'client' });
    const rotated = await api.post(`/tokens/${made.body.id}/rotate`);
    expect([made, rotated].map(({ headers }) => headers.get('cache-control'))).toEqual(['no-store', 'no-store']);
    const { entries } = await api.storage.audit.list({ actor: 'environment' }, 10, null);
    expect(entries.map(({ action, target }) => [action, target])).toEqual([
      ['token.rotated', made.body.id],
      ['token.created', made.body.id],
    ]);
    const kept = JSON.stringify([entries, await api.storage.tokens.secrets()]);
    for (const { body } of [made, rotated]) expect(kept).not.toContain(body.token);
  });

  it('is listed with the newest first, page by page', async () => {
    const ids = [];
    for (let n = 0; n < 3; n++) ids.unshift((await make()).id);
    const first = (await api.get('/tokens?limit=2')).body;
    const second = (await api.get(`/tokens?limit=2&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
    expect(second.nextCursor).toBeNull();
    expect(await api.get('/tokens?cursor=x')).toMatchObject({ status: 400, body: { errors: [{ field: 'cursor' }] } });
  });

  it('ends by itself', async () => {
    const { token, expiresAt, createdAt } = await make({ expiresIn: 1000 });
    expect(expiresAt - createdAt).toBe(1000);
    const held = await api.get('/worker/poll?wait=60000', {
      token: (await make({ role: 'worker', expiresIn: 1000 })).token,
    });
    expect(held).toMatchObject({ status: 401, body: { detail: expect.stringContaining('expired') } });
    while ((await statusAs(token)) === 200) await new Promise(setImmediate);
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt);
  });

  it('is rotated, and its old secret works for the grace that was given', async () => {
    const { id, token } = await make();
    const first = (await api.post(`/tokens/${id}/rotate`, { graceMs: 3_600_000 })).body;
    expect(first).toMatchObject({ id, previousValidUntil: expect.any(Number) });
    expect([await statusAs(token), await statusAs(first.token)]).toEqual([200, 200]);
    const second = (await api.post(`/tokens/${id}/rotate`)).body;
    expect(second.previousValidUntil).toBeNull();
    expect([await statusAs(token), await statusAs(first.token), await statusAs(second.token)]).toEqual([401, 401, 200]);
  });

  it('ends what it holds when it is revoked, which is handed nothing', async () => {
    const { id, token } = await make({ role: 'worker' });
    const client = await make();
    const { taskId } = (await api.post('/tasks', { command: 'true', delay: 3_600_000 })).body;
    const polls = [
      api.get('/worker/poll?wait=60000', { token }),
      api.post('/worker/poll', { worker: { name: 'w', id: taskId, generation: 1 }, seq: 1, wait: 60_000 }, { token }),
      api.get(`/tasks/${taskId}?wait=60000`, { token: client.token }),
    ];
    while ((await api.get('/health')).body.workers < 2) await new Promise(setImmediate);
    await api.call('DELETE', `/tokens/${id}`);
    await api.call('DELETE', `/tokens/${client.id}`);
    for (const { status, headers, body } of await Promise.all(polls)) {
      expect({ status, code: body.code }).toEqual({ status: 401, code: 'unauthorized' });
      expect(headers.get('www-authenticate')).toBe('Bearer');
    }
    expect((await api.get(`/tasks/${taskId}`)).body.status).toBe('pending');
    const next = (await api.post('/tasks', { command: 'true' })).body.taskId;
    expect((await api.get('/worker/poll?wait=0')).body.id).toBe(next);
  });

  it('that is revoked while a task is claimed for it does not keep that task', async () => {
    const { id, token } = await make({ role: 'worker' });
    const { taskId } = (await api.post('/tasks', { command: 'true' })).body;
    const { claim } = api.storage.tasks;
    api.storage.tasks.claim = async (...given) => {
      const handOut = await claim.apply(api.storage.tasks, given);
      await api.call('DELETE', `/tokens/${id}`);
      return handOut;
    };
    expect(await api.get('/worker/poll?wait=0', { token })).toMatchObject({ status: 401 });
    api.storage.tasks.claim = claim;
    expect((await api.get('/worker/poll?wait=0')).body).toMatchObject({ id: taskId, attempt: 2 });
  });

  it('that is revoked while its call is still on the way does nothing any more', async () => {
    const { id, token } = await make();
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    const body = JSON.stringify({ command: 'true' });
    const head = ['Host: x', `Authorization: Bearer ${token}`, 'Content-Type: application/json'];
    socket.write(
      `POST /tasks HTTP/1.1\r\n${head.join('\r\n')}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
    );
    while (!(await api.get('/tokens')).body.items[0].lastUsedAt) await new Promise(setImmediate);
    await api.call('DELETE', `/tokens/${id}`);
    socket.end(body);
    expect(Buffer.concat(await socket.toArray()).toString()).toMatch(/^HTTP\/1.1 401 /);
    expect((await api.get('/tasks')).body.items).toEqual([]);
  });

  it('speaks for a task that it claimed before it was rotated, and no other token does', async () => {
    const { id, token } = await make({ role: 'worker' });
    const { taskId } = (await api.post('/tasks', { command: 'true' })).body;
    expect((await api.get('/worker/poll?wait=0', { token })).body.id).toBe(taskId);
    const rotated = (await api.post(`/tokens/${id}/rotate`)).body.token;
    const report = { taskId, exitCode: 0 };
    expect(await api.post('/worker/result', report)).toMatchObject({ status: 409, body: { code: 'not_claimant' } });
    expect(await api.post('/worker/result', report, { token: rotated })).toMatchObject({ status: 200 });
  });

  it.each([
    ['name', { name: '' }],
    ['name', { name: 7 }],
    ['role', { role: 'root' }],
    ['role', { role: null }],
    ['expiresIn', { expiresIn: 0 }],
    ['expiresIn', { expiresIn: 'tomorrow' }],
    ['scope', { scope: 'x' }],
  ])('names a bad %s', async (field, fields) => {
    const { status, body } = await api.post('/tokens', { name: 'x', role: 'client', ...fields });
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ field }]);
  });

  it.each([-1, 1.5, '1000', 1e15])('names a bad graceMs: %s', async (graceMs) => {
    const { id } = await make();
    expect(await api.post(`/tokens/${id}/rotate`, { graceMs })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'graceMs' }] },
    });
  });
});

describe('WORKER_TOKEN', () => {
  it('is an admin token that no call changes', async () => {
    expect(await statusAs((await make({ role: 'admin' })).token, '/tokens')).toBe(200);
    expect(await api.post('/tokens/environment/rotate')).toMatchObject({
      status: 404,
      body: { code: 'token_not_found', detail: expect.stringContaining('WORKER_TOKEN') },
    });
    expect(await api.call('DELETE', '/tokens/environment')).toMatchObject({ status: 404 });
  });
});

describe('a refused call', () => {
  it('is in the audit, its repeats as one entry, and no token is', async () => {
    const bad = { token: 'no-such-token-0123456789', headers: { 'X-Request-Id': 'first', 'User-Agent': 'curious' } };
    for (let n = 0; n < 3; n++) expect(await api.get('/tasks', bad)).toMatchObject({ status: 401 });
    const { id, token } = await make({ role: 'viewer' });
    for (let n = 0; n < 2; n++) {
      expect(await api.post('/tasks', { command: 'true' }, { token })).toMatchObject({
        status: 403,
        body: { detail: 'a token of the role viewer may not do this; it takes one of the role client or admin' },
      });
    }
    const first = (await api.storage.audit.list({ outcome: 'denied' }, 10, null)).entries;
    expect(first).toMatchObject([
      { action: 'auth.forbidden', target: 'POST /tasks', actor: { id, name: 'laptop', role: 'viewer' } },
      {
        action: 'auth.failed',
        target: 'GET /tasks',
        actor: { id: 'anonymous', name: 'anonymous', role: 'anonymous' },
        ip: '127.0.0.1',
        userAgent: 'curious',
        requestId: 'first',
        detail: { reason: 'unknown' },
      },
    ]);
    expect(first).toHaveLength(2);
    await api.app.get(GatheredDenials).endMinute();
    const [forbidden, failed] = (await api.storage.audit.list({ outcome: 'denied' }, 2, null)).entries;
    expect([forbidden, failed].map((entry) => entry?.detail.count).sort()).toEqual([1, 2]);
    expect(JSON.stringify([first, forbidden, failed])).not.toMatch(/no-such-token|ocw_/);
  });

  it('stays a 401 when the audit cannot be written', async () => {
    api.storage.audit.record = () => Promise.reject(new Error('the disk is full'));
    expect(await api.get('/tasks', { token: 'no-such-token-0123456789' })).toMatchObject({ status: 401 });
  });

  it('is told why its token, which was good once, is good no more', async () => {
    const { id, token } = await make();
    await api.post(`/tokens/${id}/rotate`, { graceMs: 1 });
    while ((await statusAs(token)) === 200) await new Promise(setImmediate);
    expect((await api.get('/tasks', { token })).body.detail).toContain('rotated');
  });

  it('is refused before its body is read', async () => {
    const { token } = await make({ role: 'viewer' });
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    const head = ['Host: x', `Authorization: Bearer ${token}`, 'Content-Type: application/json', 'Content-Length: 9'];
    socket.write(`POST /tasks HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 403 /);
    socket.destroy();
  });
});
