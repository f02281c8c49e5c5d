import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ApiServer, startApi, TOKEN } from './api-server.js';
import { EventReader } from './event-reader.js';

let api: ApiServer;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const open = (query = '', headers: Record<string, string> = {}, token = TOKEN) =>
  EventReader.open(`${api.url}/events${query}`, headers, token);

async function submit(body: object = {}): Promise<string> {
  return (await api.post('/tasks', { command: 'true', ...body })).body.taskId;
}
const claim = () => api.get('/worker/poll?wait=0', { headers: { 'X-Worker-Name': 'mac' } });
const finish = (taskId: string) => api.post('/worker/result', { taskId, stdout: '', exitCode: 0 });

describe('events', () => {
  it('tell of a task from its submission to its end, and of its removal', async () => {
    const events = await open();
    expect(events.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const id = await submit();
    expect(await events.next()).toMatchObject({
      event: 'task',
      id: expect.stringMatching(/^\d+$/),
      data: { id, status: 'pending', type: 'command', worker: null, schedule: null, action: 'task.submitted' },
    });
    await claim();
    expect(await events.next()).toMatchObject({ data: { id, status: 'running', worker: 'mac' } });
    await finish(id);
    expect(await events.next()).toMatchObject({ data: { id, status: 'completed', action: 'task.completed' } });
    await api.call('DELETE', `/tasks/${id}`);
    expect(await events.next()).toMatchObject({ data: { id, status: 'deleted' } });
    await events.close();
  });

  it('tell of workers and schedules', async () => {
    const events = await open();
    const worker = { name: 'mac', id: '2b1ad29c-5c0a-4c2e-9d0c-3f5a3b1c9f10', generation: 1 };
    await api.post('/worker/poll', { worker, seq: 1, wait: 0, max: 0, running: [] });
    expect(await events.next()).toMatchObject({ event: 'worker', data: { id: 'mac', status: 'online' } });
    await api.post('/workers/mac/drain', {});
    expect(await events.next()).toMatchObject({ event: 'worker', data: { id: 'mac', status: 'draining' } });
    const { body } = await api.post('/schedules', { name: 'nightly', cron: '0 3 * * *', task: { command: 'true' } });
    expect(await events.next()).toMatchObject({ event: 'schedule', data: { id: body.id, status: 'enabled' } });
    await api.call('PATCH', `/schedules/${body.id}`, { body: { enabled: false } });
    expect(await events.next()).toMatchObject({ event: 'schedule', data: { id: body.id, status: 'paused' } });
    await events.close();
  });

  it('are those of the tasks that fit, when a filter is given', async () => {
    const events = await open('?status=completed');
    const ids = [await submit(), await submit({ worker: 'mac' })];
    const ofMac = await open('?worker=mac');
    for (let n = 0; n < 2; n += 1) await claim();
    for (const id of ids) await finish(id);
    expect(await events.next()).toMatchObject({ data: { id: ids[0], status: 'completed' } });
    expect(await events.next()).toMatchObject({ data: { id: ids[1], status: 'completed' } });
    expect((await ofMac.next())?.data.worker).toBe('mac');
    expect((await api.get('/events?status=odd')).status).toBe(400);
    await events.close();
    await ofMac.close();
  });

  it('go on where a reader was cut off', async () => {
    const events = await open();
    const first = await submit();
    const { id: seen = '' } = (await events.next()) ?? {};
    await events.close();
    const missed = await submit();
    const again = await open('', { 'Last-Event-ID': seen });
    expect(await again.next()).toMatchObject({ event: 'task', data: { id: missed } });
    expect(missed).not.toBe(first);
    await again.close();
  });

  it('begin with a reset for a reader that was away for too long, or comes from another time', async () => {
    const events = await open('', { 'Last-Event-ID': '999999' });
    const reset = await events.next();
    expect(reset).toMatchObject({ event: 'reset', data: {} });
    const id = await submit();
    const next = await events.next();
    expect(next).toMatchObject({ event: 'task', data: { id } });
    expect(Number(next?.id)).toBeGreaterThan(Number(reset?.id));
    expect((await api.get('/events', { headers: { 'Last-Event-ID': 'x' } })).status).toBe(400);
    await events.close();
  });

  it('are for viewers, and not for workers', async () => {
    const { body: viewer } = await api.post('/tokens', { name: 'viewer', role: 'viewer' });
    const events = await open('', {}, viewer.token);
    const id = await submit();
    expect(await events.next()).toMatchObject({ data: { id } });
    await api.call('DELETE', `/tokens/${viewer.id}`);
    await expect(events.next()).rejects.toThrow();
    const { body: worker } = await api.post('/tokens', { name: 'worker', role: 'worker' });
    expect((await api.get('/events', { token: worker.token })).status).toBe(403);
  });

  it('end with the server', async () => {
    const events = await open();
    api.shutdown.begin();
    expect(await events.next()).toBeNull();
  });
});
