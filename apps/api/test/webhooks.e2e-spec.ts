import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiServer, startApi } from './api-server.js';

const UNKNOWN = '0190b3c0-0000-7000-8000-000000000099';
const SECRET = /^whsec_[A-Za-z0-9+/]{43}=$/;

let api: ApiServer;
const lines: string[] = [];
const tokens = new Map<string, string>();
beforeAll(async () => {
  api = await startApi({ LOG_LEVEL: 'trace' }, { log: (line) => lines.push(line) });
  for (const role of ['client', 'viewer', 'worker']) {
    tokens.set(role, (await api.post('/tokens', { name: role, role })).body.token);
  }
});
afterAll(() => api.close());

/** Refused before anything is connected to: nothing here leaves this machine. */
const HOOK = 'http://127.0.0.1:9/in/path-secret?key=query-secret';

async function create(change: object = {}) {
  const { status, body } = await api.post('/webhooks', { url: HOOK, ...change });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body;
}
const patch = (id: string, body: unknown) => api.call('PATCH', `/webhooks/${id}`, { body });
const auditOf = async (target: string) =>
  (await api.get(`/audit?limit=200`)).body.items.filter((entry: { target: string }) => entry.target === target);

describe('standing webhooks', () => {
  it('are made with every default filled in, and the secret is shown in that answer alone', async () => {
    const { secret, ...webhook } = await create();
    expect(secret).toMatch(SECRET);
    expect(webhook).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      url: HOOK,
      events: ['task.*'],
      description: '',
      enabled: true,
      disabledReason: null,
      createdAt: expect.any(Number),
      updatedAt: webhook.createdAt,
      rotatedAt: null,
      failingSince: null,
    });
    expect((await api.get(`/webhooks/${webhook.id}`)).body).toEqual(webhook);
    const made = await api.post('/webhooks', { url: HOOK });
    expect(made.headers.get('cache-control')).toBe('no-store');
  });

  it('are changed, listed newest first, and removed', async () => {
    const { id } = await create({ events: ['worker.*', 'worker.*'], description: 'workers' });
    const changed = { url: 'https://other.example.org/', events: ['task.failed', 'schedule.*'], enabled: false };
    expect((await patch(id, changed)).body).toMatchObject({ id, ...changed, description: 'workers' });
    const { secret: _, ...newest } = await create();
    const { items, nextCursor } = (await api.get('/webhooks?limit=1')).body;
    expect(items).toEqual([newest]);
    expect((await api.get(`/webhooks?limit=1&cursor=${nextCursor}`)).body.items).toMatchObject([{ id }]);
    expect((await api.call('DELETE', `/webhooks/${id}`)).status).toBe(204);
    expect(await api.get(`/webhooks/${id}`)).toMatchObject({ status: 404, body: { code: 'webhook_not_found' } });
  });

  it('are 404 when there are none', async () => {
    const calls = [
      api.get(`/webhooks/${UNKNOWN}`),
      patch(UNKNOWN, { enabled: false }),
      api.call('DELETE', `/webhooks/${UNKNOWN}`),
      api.post(`/webhooks/${UNKNOWN}/rotate`, {}),
      api.post(`/webhooks/${UNKNOWN}/test`, {}),
      api.get(`/webhooks/${UNKNOWN}/deliveries`),
    ];
    for (const answer of await Promise.all(calls)) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'webhook_not_found' } });
    }
    for (const answer of [
      await api.get(`/webhooks/deliveries/${UNKNOWN}`),
      await api.post(`/webhooks/deliveries/${UNKNOWN}/resend`, {}),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'delivery_not_found' } });
    }
  });

  it.each([
    [{}, 'url', /^url is required/],
    [{ url: 'example.org/hook' }, 'url', /^url must be an http or https URL, such as https:/],
    [{ url: 'ftp://example.org/hook' }, 'url', /^url must be an http or https URL/],
    [{ url: 'https://user:word@example.org' }, 'url', /^url must not hold a user or a password: leave them out/],
    [{ url: `https://example.org/${'x'.repeat(2048)}` }, 'url', /^url must have at most 2048 characters; it has 2068$/],
    [{ url: HOOK, events: ['task.started'] }, 'events', /^events must be a list of task\.completed, /],
    [{ url: HOOK, events: [] }, 'events', /^events must be a list of /],
    [{ url: HOOK, description: 'x'.repeat(257) }, 'description', /at most 256 bytes/],
    [{ url: HOOK, enabled: 1 }, 'enabled', /true or false/],
    [{ url: HOOK, secret: 'whsec_' }, 'secret', /not a field/],
  ])('are refused when %j', async (body, field, message) => {
    const { status, body: problem } = await api.post('/webhooks', body);
    expect(status).toBe(400);
    expect(problem.errors).toEqual([{ field, message: expect.stringMatching(message) }]);
  });

  it('refuse a state that there is not', async () => {
    expect((await api.get('/webhooks/deliveries?state=lost')).body.errors).toEqual([
      { field: 'state', message: 'state must be one of pending, delivered, failed' },
    ]);
  });

  it('leave their secrets and URLs in no read, no audit entry and no line of the log', async () => {
    const made = await create();
    const rotated = (await api.post(`/webhooks/${made.id}/rotate`, { graceMs: 60_000 })).body;
    expect(rotated.secret).toMatch(SECRET);
    expect(rotated.secret).not.toBe(made.secret);
    expect(rotated.previousValidUntil).toBeGreaterThan(Date.now());
    const { secret: taskSecret } = (await api.post('/webhooks/task-secret/rotate', {})).body;
    expect(taskSecret).toMatch(SECRET);
    await patch(made.id, { url: `${HOOK}&more=1` });
    await api.post('/tasks', { command: 'true', webhook: HOOK });
    const seen = JSON.stringify([
      (await api.get('/audit?limit=200')).body,
      (await api.get('/webhooks/deliveries')).body,
      (await api.get('/metrics')).body,
      lines,
    ]);
    for (const secret of [made.secret, rotated.secret, taskSecret, 'path-secret', 'query-secret']) {
      expect(seen).not.toContain(secret);
    }
    expect(JSON.stringify((await api.get('/webhooks')).body)).not.toContain('whsec_');
    expect(await auditOf(made.id)).toMatchObject([
      { action: 'webhook.updated', detail: { to: 'http://127.0.0.1:9', url: 'set' } },
      { action: 'webhook.updated', detail: { rotated: true } },
      { action: 'webhook.created', actor: { name: 'WORKER_TOKEN' }, detail: { events: ['task.*'], enabled: true } },
    ]);
    expect(await auditOf('task-secret')).toMatchObject([{ action: 'webhook.updated', detail: { rotated: true } }]);
  });
});

describe('a token of a lower role', () => {
  it('sees and changes nothing of webhooks', async () => {
    const { id } = await create();
    const { body: delivery } = await api.post(`/webhooks/${id}/test`, {});
    const attempts: [string, string, unknown?][] = [
      ['GET', '/webhooks'],
      ['GET', `/webhooks/${id}`],
      ['GET', `/webhooks/${id}/deliveries`],
      ['GET', '/webhooks/deliveries'],
      ['GET', `/webhooks/deliveries/${delivery.id}`],
      ['POST', '/webhooks', { url: 'https://evil.example.org' }],
      ['PATCH', `/webhooks/${id}`, { url: 'https://evil.example.org' }],
      ['POST', `/webhooks/${id}/rotate`, {}],
      ['POST', '/webhooks/task-secret/rotate', {}],
      ['POST', `/webhooks/${id}/test`, {}],
      ['POST', `/webhooks/deliveries/${delivery.id}/resend`, {}],
      ['DELETE', `/webhooks/${id}`],
    ];
    for (const [role, token] of [...tokens, ['nobody', null], ['guessed', 'ocw_guessed']] as const) {
      for (const [method, path, body] of attempts) {
        const answer = await api.call(method, path, { token, body });
        expect([role, method, path, answer.status]).toEqual([role, method, path, tokens.has(role) ? 403 : 401]);
      }
    }
    expect((await api.get(`/webhooks/${id}`)).body).toMatchObject({ url: HOOK, rotatedAt: null });
  });

  it('cannot have a task tell a webhook when it may not submit one', async () => {
    const body = { command: 'true', webhook: HOOK };
    for (const role of ['viewer', 'worker']) {
      expect((await api.post('/tasks', body, { token: tokens.get(role) })).status).toBe(403);
    }
  });

  it('finds nothing behind the URL or the id of a webhook: neither is a way in', async () => {
    const { id } = await create();
    // Whoever has an id or a URL of a webhook, and no token, is nobody.
    for (const path of [`/webhooks/${id}`, `/webhooks/${id}/run`, `/hooks/${id}`, `/webhooks/${id}?token=x`]) {
      for (const method of ['GET', 'POST', 'PUT']) {
        const { status } = await api.call(method, path, { token: null, ...(method === 'GET' ? {} : { body: {} }) });
        expect([401, 404, 405]).toContain(status);
      }
    }
    expect((await api.get('/tasks')).body.items.every(({ command }: { command: string }) => command === 'true')).toBe(
      true,
    );
  });
});

describe('the `webhook` of a task', () => {
  const shorthands = [
    ['/tasks', { command: 'true' }],
    ['/tasks', { type: 'file-read', path: '/x' }],
    ['/tasks', { type: 'file-write', path: '/x', content: '' }],
    ['/tasks', { type: 'file-edit', path: '/x', oldString: 'a', newString: 'b' }],
    ['/tasks', { type: 'file-list', path: '/x' }],
    ['/tasks', { type: 'claude-cli', prompt: 'hello' }],
    ['/files/read', { path: '/x' }],
    ['/files/write', { path: '/x', content: '' }],
    ['/files/edit', { path: '/x', old_string: 'a', new_string: 'b' }],
    ['/files/list', { path: '/x' }],
    ['/claude', { prompt: 'hello' }],
  ] as const;

  it.each(shorthands)('is taken by %s %j, and reads show it', async (path, body) => {
    const { status, body: made } = await api.post(path, { ...body, webhook: HOOK });
    expect(status).toBe(200);
    expect((await api.get(`/tasks/${made.taskId}`)).body.webhook).toBe(HOOK);
    const { items } = (await api.get('/tasks?limit=1')).body;
    expect(items[0].webhook).toBe(HOOK);
    const refused = await api.post(path, { ...body, webhook: 'not a url' });
    expect(refused.body.errors).toEqual([
      { field: 'webhook', message: 'webhook must be an http or https URL, such as https://example.org/hook' },
    ]);
  });

  it('is taken in batches and schedules, and by a retry', async () => {
    const batch = await api.post('/tasks/batch', { tasks: [{ command: 'true', webhook: HOOK }, { command: 'true' }] });
    const [first] = batch.body.tasks;
    expect((await api.get(`/tasks/${first.taskId}`)).body.webhook).toBe(HOOK);
    const bad = await api.post('/tasks/batch', { tasks: [{ command: 'true', webhook: 'ftp://x' }] });
    expect(bad.body.errors).toMatchObject([{ field: 'tasks.0.webhook' }]);
    await api.post(`/tasks/${first.taskId}/cancel`, {});
    const again = await api.post(`/tasks/${first.taskId}/retry`, {});
    expect((await api.get(`/tasks/${again.body.taskId}`)).body.webhook).toBe(HOOK);

    const terms = { name: 'told', cron: '@daily', task: { command: 'true', webhook: HOOK } };
    const schedule = await api.post('/schedules', terms);
    expect(schedule.body.task.webhook).toBe(HOOK);
    const run = await api.post(`/schedules/${schedule.body.id}/run`, {});
    expect((await api.get(`/tasks/${run.body.taskId}`)).body.webhook).toBe(HOOK);
    const refused = await api.post('/schedules', { ...terms, task: { command: 'true', webhook: 'x' } });
    expect(refused.body.errors).toMatchObject([{ field: 'task.webhook' }]);
  });

  it('is no business of the worker that does it', async () => {
    const { body: made } = await api.post('/tasks', { command: 'echo told', webhook: HOOK, priority: 100 });
    const { body: handed } = await api.get('/worker/poll?wait=0');
    expect(handed.id).toBe(made.taskId);
    expect(JSON.stringify(handed)).not.toContain('secret');
  });
});
