import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { Received } from './receiver.js';
import { api, auditOf, create, deliveriesOf, HOUR, receiver, run, tried } from './webhook-fixture.js';

const messages = (received: readonly Received[]) => received.map(({ body }) => JSON.parse(body));

describe('what a webhook is told', () => {
  it('is the record of a task that has ended, signed as Standard Webhooks has it', async () => {
    const { id, secret } = await create();
    const taskId = await run({ metadata: { requestedBy: 'phone' } }, { exitCode: 3, stdout: 'out', stderr: 'err' });
    const [{ headers, body, method, path }] = (await receiver.first(1)) as [Received];
    expect([method, path]).toEqual(['POST', '/hook']);
    const message = new Webhook(secret).verify(body, headers);
    expect(message).toEqual({
      type: 'task.failed',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      data: expect.objectContaining({
        taskId,
        status: 'failed',
        command: 'true',
        exitCode: 3,
        stdout: 'out',
        stderr: 'err',
        labels: { requestedBy: 'phone' },
        cut: [],
        links: { task: `/tasks/${taskId}`, output: `/tasks/${taskId}/output` },
      }),
    });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^OpenClaw-Worker\//),
    });
    const [delivery] = await deliveriesOf(id);
    expect(headers['webhook-id']).toBe(delivery.id);
    expect(await tried(delivery.id, 1)).toMatchObject({
      state: 'delivered',
      responseStatus: 204,
      error: null,
      taskId,
      body,
    });
    expect(await auditOf('webhook.delivered')).toMatchObject([
      {
        target: id,
        taskId,
        outcome: 'success',
        actor: { name: 'system' },
        detail: { delivery: delivery.id, attempts: 1 },
      },
    ]);
  });

  it('is what it asks for, and a further attempt of a task is no end', async () => {
    await create({ events: ['task.*', 'worker.*', 'schedule.*'] });
    const { body: schedule } = await api.post('/schedules', { name: 'now', cron: '@daily', task: { command: 'true' } });
    await api.post(`/schedules/${schedule.id}/run`, {});
    const worker = { name: 'mac', id: '0190b3c0-0000-7000-8000-000000000001', generation: 1, hostname: 'mac.local' };
    await api.post('/worker/poll', { worker, seq: 1, wait: 0, max: 0 });
    await api.post('/worker/poll', { worker, seq: 2, wait: 0, max: 0, draining: true });
    await run({ priority: 9, maxAttempts: 2, retryDelay: 60_000 }, { exitCode: 1 });
    const done = await run({ priority: 10 });
    const told = messages(await receiver.first(4));
    expect(told.map(({ type }) => type).sort()).toEqual([
      'schedule.fired',
      'task.completed',
      'worker.offline',
      'worker.registered',
    ]);
    const about = (type: string) => told.find((message) => message.type === type).data;
    expect(about('schedule.fired')).toMatchObject({ id: schedule.id, name: 'now', manual: true });
    expect(about('worker.registered')).toMatchObject({ name: 'mac', hostname: 'mac.local' });
    expect(about('worker.offline')).toEqual({ name: 'mac' });
    expect(about('task.completed')).toMatchObject({ taskId: done });
    expect((await api.get('/webhooks/deliveries')).body.items).toHaveLength(4);
  });

  it('is nothing while nobody asks for it', async () => {
    await create({ events: ['task.expired'] });
    await create({ enabled: false });
    await run({});
    expect((await api.get('/webhooks/deliveries')).body.items).toEqual([]);
  });

  it('goes to the webhook of the task as well, signed with the secret of tasks', async () => {
    const { body: known } = await api.post('/webhooks/task-secret/rotate', {});
    const taskId = await run({ webhook: `${receiver.url}?key=mine` });
    const [{ path, headers, body }] = (await receiver.first(1)) as [Received];
    expect(path).toBe('/hook?key=mine');
    expect(new Webhook(known.secret).verify(body, headers)).toMatchObject({ type: 'task.completed', data: { taskId } });
    // Where else it is told is the business of nobody who is told.
    expect(body).not.toContain('key=mine');
    const { items } = (await api.get('/webhooks/deliveries')).body;
    expect(items).toMatchObject([{ id: headers['webhook-id'], webhookId: null, url: `${receiver.url}?key=mine` }]);
  });

  it('is told of the cancel of a waiting task, and of one that expires', async () => {
    const { body: waiting } = await api.post('/tasks', { command: 'true', webhook: receiver.url });
    await api.post(`/tasks/${waiting.taskId}/cancel`, {});
    await receiver.first(1);
    await api.post('/tasks', { command: 'true', webhook: receiver.url, expiresIn: 1 });
    const told = messages(await receiver.first(2));
    expect(told.map(({ type }) => type)).toEqual(['task.cancelled', 'task.expired']);
  });

  it('takes less than 20 kB, with the head and the tail of what is long and a link to the rest', async () => {
    await create();
    const line = '"ünï\u0001\n';
    const stdout = `BEGIN${line.repeat(50_000)}END`;
    await run(
      { command: `: ${'x'.repeat(50_000)}`, metadata: { large: 'y'.repeat(10_000) } },
      { exitCode: 0, stdout, stderr: 'short' },
    );
    const [{ body }] = (await receiver.first(1)) as [Received];
    expect(Buffer.byteLength(body)).toBeLessThan(20_000);
    expect(Buffer.byteLength(body)).toBeGreaterThan(15_000);
    const { data } = JSON.parse(body);
    expect(data.stdout).toMatch(/^BEGIN[\s\S]+\n\[… \d+ bytes left out …\]\n[\s\S]+END$/);
    expect(data.stdout.isWellFormed()).toBe(true);
    expect(data).toMatchObject({ stderr: 'short', cut: ['command', 'labels', 'stdout'] });
    expect(data.labels).toBeUndefined();
    expect((await api.get(data.links.task)).body.stdout).toBe(stdout);
  });

  it('is a message of its own when it is tried out', async () => {
    const { id, secret } = await create({ events: ['worker.offline'] });
    const { body: sent } = await api.post(`/webhooks/${id}/test`, {});
    expect(sent).toMatchObject({ webhookId: id, type: 'ping', state: 'pending', attempts: 0 });
    const [{ headers, body }] = (await receiver.first(1)) as [Received];
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'ping', data: { webhookId: id } });
    await api.call('PATCH', `/webhooks/${id}`, { body: { enabled: false } });
    expect(await api.post(`/webhooks/${id}/test`, {})).toMatchObject({
      status: 409,
      body: { code: 'webhook_disabled' },
    });
  });
});

describe('a secret that is rotated', () => {
  it('signs beside the new one for its grace, and no longer', async () => {
    const { id, secret: old } = await create();
    const { body: rotated } = await api.post(`/webhooks/${id}/rotate`, { graceMs: HOUR });
    await run({});
    const [both] = (await receiver.first(1)) as [Received];
    expect(both.headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const secret of [old, rotated.secret])
      expect(() => new Webhook(secret).verify(both.body, both.headers)).not.toThrow();
    await api.post(`/webhooks/${id}/rotate`, {});
    await run({});
    const [, one] = (await receiver.first(2)) as [Received, Received];
    expect(one.headers['webhook-signature']?.split(' ')).toHaveLength(1);
    for (const secret of [old, rotated.secret])
      expect(() => new Webhook(secret).verify(one.body, one.headers)).toThrow();
  });

  it('of tasks overlaps in the same way', async () => {
    const { body: first } = await api.post('/webhooks/task-secret/rotate', {});
    const { body: second } = await api.post('/webhooks/task-secret/rotate', { graceMs: HOUR });
    await run({ webhook: receiver.url });
    const [{ headers, body }] = (await receiver.first(1)) as [Received];
    for (const { secret } of [first, second]) expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
  });
});
