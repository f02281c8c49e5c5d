import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
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

  it('outlasts a restart by its hash alone', async () => {
    const { token } = await make();
    const trail = await api.storage.tokens.secrets();
    expect(JSON.stringify(trail)).not.toContain(token);
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
    const next = (await api.post('/tasks', { command: 'true' })).body.taskId;
    expect((await api.get('/worker/poll?wait=0')).body.id).toBe(next);
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
    expect(await api.post('/tokens/environment/rotate')).toMatchObject({ status: 404 });
    expect(await api.call('DELETE', '/tokens/environment')).toMatchObject({ status: 404 });
  });
});
