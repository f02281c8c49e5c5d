import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiServer, startApi } from './api-server.js';

const UNKNOWN = '0190b3c0-0000-7000-8000-000000000099';
const HOUR = 3_600_000;

let api: ApiServer;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const nightly = { name: 'nightly', cron: '0 3 * * *', timezone: 'Europe/Berlin', task: { command: 'make backup' } };

async function create(change: object = {}) {
  const { status, body } = await api.post('/schedules', { ...nightly, ...change });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body;
}
const patch = (id: string, body?: unknown) => api.call('PATCH', `/schedules/${id}`, { body });
const problems = ({ status, body }: { status: number; body: { errors?: { field: string; message: string }[] } }) => ({
  status,
  errors: Object.fromEntries((body.errors ?? []).map(({ field, message }) => [field, message])),
});

describe('POST /schedules', () => {
  it('answers the record, with every default filled in', async () => {
    const before = Date.now();
    const schedule = await create({ timezone: undefined });
    expect(schedule).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'nightly',
      cron: '0 3 * * *',
      timezone: 'UTC',
      task: { command: 'make backup' },
      overlap: 'skip',
      misfire: 'run-once',
      enabled: true,
      createdAt: expect.any(Number),
      updatedAt: schedule.createdAt,
      nextFireAt: expect.any(Number),
      lastFireAt: null,
      lastTaskId: null,
    });
    expect(schedule.nextFireAt).toBeGreaterThan(before);
    expect(new Date(schedule.nextFireAt).toISOString()).toMatch(/T03:00:00\.000Z$/);
    expect(await api.get(`/schedules/${schedule.id}`)).toMatchObject({ status: 200, body: schedule });
  });

  it('takes everything that a schedule can be given', async () => {
    const given = {
      ...nightly,
      cron: '*/10 * 8-18 * mon-fri',
      overlap: 'cancel-running',
      misfire: 'skip',
      enabled: false,
      task: { type: 'claude-cli', prompt: 'What is new?', delay: 1000, tags: ['mac'], maxAttempts: 3 },
    };
    expect(await create(given)).toMatchObject({ ...given, nextFireAt: null });
  });

  it('shows the names of variables, and never their values', async () => {
    const task = { command: 'env', env: { KEY: 'topsecret' }, stdin: 'input' };
    const schedule = await create({ task });
    expect(schedule.task).toEqual({ ...task, env: ['KEY'] });
    const { body } = await api.get('/schedules?limit=1');
    expect(body.items[0].task).toEqual({ command: 'env', env: ['KEY'] });
    const patched = await patch(schedule.id, { name: 'other' });
    expect(JSON.stringify([schedule, body, patched.body])).not.toContain('topsecret');
  });

  it.each<[object, Record<string, RegExp>]>([
    [{ name: '' }, { name: /name must not be empty/ }],
    [{ name: 'x'.repeat(129) }, { name: /at most 128/ }],
    [{ name: null }, { name: /name is required/ }],
    [{ cron: '61 * * * *' }, { cron: /bad minutes field "61": it takes 0-59/ }],
    [{ cron: '0 0 31 2 *' }, { cron: /never fires.*"0 3 28 2 \*"/ }],
    [{ cron: '@reboot' }, { cron: /cannot be @reboot/ }],
    [{ cron: '@every 10ms' }, { cron: /at least "@every 1s"/ }],
    [{ cron: 5 }, { cron: /must be a string/ }],
    [{ timezone: 'Mars/Olympus' }, { timezone: /"Europe\/Berlin"/ }],
    [{ timezone: '+02:00' }, { timezone: /"Europe\/Berlin"/ }],
    [{ overlap: 'wait' }, { overlap: /one of skip, queue, cancel-running/ }],
    [{ misfire: 'all' }, { misfire: /one of skip, run-once/ }],
    [{ enabled: 'yes' }, { enabled: /true or false/ }],
    [{ task: [] }, { task: /JSON object/ }],
    [{ task: null }, { task: /task is required/ }],
    [{ task: {} }, { 'task.command': /task: command is required/ }],
    [{ task: { type: 'shell' } }, { 'task.type': /task: type must be one of command/ }],
    [{ task: { command: 'x', runAt: 1_900_000_000_000 } }, { 'task.runAt': /use delay, such as 60000/ }],
    [{ task: { command: 'x', timeout: 0, content: '' } }, { 'task.timeout': /1 to/, 'task.content': /file-write/ }],
    [
      { cron: 'x', task: { path: 'x' } },
      { cron: /such as/, 'task.path': /file-read/, 'task.command': /required/ },
    ],
    [{ nextFireAt: 5 }, { nextFireAt: /not a field/ }],
  ])('refuses %j, naming the field', async (change, expected) => {
    const answer = await api.post('/schedules', { ...nightly, ...change });
    const matching = Object.entries(expected).map(([field, message]) => [field, expect.stringMatching(message)]);
    expect(problems(answer)).toEqual({ status: 400, errors: Object.fromEntries(matching) });
  });
});

describe('GET /schedules', () => {
  it('lists newest first, page by page', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.unshift((await create()).id);
    const first = await api.get('/schedules?limit=2');
    expect(first.body.items.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 2));
    const second = await api.get(`/schedules?limit=1&cursor=${first.body.nextCursor}`);
    expect(second.body.items[0].id).toBe(ids[2]);
    expect(problems(await api.get('/schedules?cursor=x'))).toMatchObject({
      status: 400,
      errors: { cursor: expect.any(String) },
    });
  });

  it.each([
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/run'],
    ['GET', '/upcoming'],
  ])('does not know a schedule that there is not: %s %s', async (method, path) => {
    const sent = method === 'PATCH' ? { body: {} } : {};
    const { status, body } = await api.call(method, `/schedules/${UNKNOWN}${path}`, sent);
    expect([status, body.code]).toEqual([404, 'schedule_not_found']);
  });
});

describe('PATCH /schedules/:id', () => {
  it('changes what is given, and nothing else', async () => {
    const schedule = await create();
    const { body } = await patch(schedule.id, { name: 'renamed', task: { type: 'file-read', path: '/x' }, cron: null });
    expect(body).toEqual({
      ...schedule,
      name: 'renamed',
      task: { type: 'file-read', path: '/x' },
      updatedAt: expect.any(Number),
    });
    expect(body.updatedAt).toBeGreaterThan(schedule.updatedAt);
  });

  it('changes nothing when nothing is new', async () => {
    const schedule = await create();
    for (const same of [
      {},
      undefined,
      { name: schedule.name, task: { command: 'make backup' }, cron: schedule.cron },
    ]) {
      expect(await patch(schedule.id, same)).toMatchObject({ status: 200, body: schedule });
    }
  });

  it('counts a new time from now, and none while it is paused', async () => {
    const { id } = await create();
    const at = async (change: object) => (await patch(id, change)).body.nextFireAt;
    expect(new Date(await at({ cron: '30 4 * * *', timezone: 'UTC' })).toISOString()).toMatch(/T04:30:00\.000Z$/);
    expect(await at({ enabled: false })).toBeNull();
    expect(await at({ cron: '@every 1h' })).toBeNull();
    expect(await at({ name: 'still paused' })).toBeNull();
    const resumed = await at({ enabled: true });
    expect(resumed).toBeGreaterThan(Date.now());
    expect(resumed).toBeLessThanOrEqual(Date.now() + HOUR);
    expect((await api.get(`/tasks?schedule=${id}`)).body.items).toEqual([]);
  });

  it.each<[object, string]>([
    [{ cron: '* *' }, 'cron'],
    [{ timezone: 'Nowhere' }, 'timezone'],
    [{ task: { command: '' } }, 'task.command'],
    [{ overlap: 'x' }, 'overlap'],
    [{ createdAt: 1 }, 'createdAt'],
  ])('refuses %j and leaves the schedule as it is', async (change, field) => {
    const schedule = await create();
    const answer = problems(await patch(schedule.id, { name: 'changed', ...change }));
    expect(answer).toEqual({ status: 400, errors: { [field]: expect.any(String) } });
    expect((await api.get(`/schedules/${schedule.id}`)).body).toEqual(schedule);
  });
});

describe('DELETE /schedules/:id', () => {
  it('removes the schedule and leaves its tasks', async () => {
    const { id } = await create({ enabled: false });
    const { body } = await api.post(`/schedules/${id}/run`);
    expect(await api.call('DELETE', `/schedules/${id}`)).toMatchObject({ status: 204, body: '' });
    expect((await api.get(`/schedules/${id}`)).status).toBe(404);
    expect((await api.get(`/tasks/${body.taskId}`)).body).toMatchObject({ status: 'pending', schedule: id });
    await api.post(`/tasks/${body.taskId}/cancel`);
  });
});

describe('POST /schedules/:id/run', () => {
  it('makes its task now, also when it is paused', async () => {
    const schedule = await create({ enabled: false, task: { command: 'true', priority: 5, metadata: { by: 'hand' } } });
    const { status, body } = await api.post(`/schedules/${schedule.id}/run`);
    expect(status).toBe(200);
    expect(body).toEqual({
      taskId: expect.any(String),
      status: 'pending',
      createdAt: expect.any(Number),
      message: expect.any(String),
    });
    expect((await api.get(`/tasks?schedule=${schedule.id}`)).body.items).toMatchObject([
      {
        taskId: body.taskId,
        command: 'true',
        priority: 5,
        labels: { by: 'hand' },
        schedule: schedule.id,
        scheduledFor: null,
      },
    ]);
    expect((await api.get(`/schedules/${schedule.id}`)).body).toEqual({
      ...schedule,
      lastFireAt: expect.any(Number),
      lastTaskId: body.taskId,
    });
    await api.post(`/tasks/${body.taskId}/cancel`);
  });

  it('waits for the end when it is told to, and makes one task under one key', async () => {
    const { id } = await create({ enabled: false });
    const headers = { 'Idempotency-Key': 'once' };
    const first = await api.post(`/schedules/${id}/run`, undefined, { headers });
    const again = api.post(`/schedules/${id}/run?wait=60000`, undefined, { headers });
    await api.post(`/tasks/${first.body.taskId}/cancel`);
    expect((await again).body).toMatchObject({
      taskId: first.body.taskId,
      status: 'cancelled',
      command: 'make backup',
    });
  });
});

describe('GET /schedules/:id/upcoming', () => {
  const upcoming = async (id: string, query = '') => (await api.get(`/schedules/${id}/upcoming${query}`)).body.items;

  it('shows the next fire times and changes nothing, also when it is paused', async () => {
    const schedule = await create();
    const items = await upcoming(schedule.id);
    expect(items).toHaveLength(5);
    expect(items[0]).toBe(schedule.nextFireAt);
    expect(items).toEqual([...items].sort((a, b) => a - b));
    const berlin = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'medium' });
    expect(items.map((item: number) => berlin.format(item))).toEqual(items.map(() => '03:00:00'));
    expect(await upcoming(schedule.id, '?count=100')).toHaveLength(100);
    expect((await api.get(`/schedules/${schedule.id}`)).body).toEqual(schedule);
    await patch(schedule.id, { enabled: false });
    expect(await upcoming(schedule.id, '?count=1')).toEqual([schedule.nextFireAt]);
  });

  it.each(['0', '101', '-1', 'many', '1.5', ''])('refuses count=%s', async (count) => {
    const { id } = await create();
    const answer = problems(await api.get(`/schedules/${id}/upcoming?count=${count}`));
    expect(answer).toEqual({ status: 400, errors: { count: expect.stringContaining('such as count=10') } });
  });
});

describe('a schedule that fires', () => {
  it('makes tasks that carry its id and their time, until it is paused', async () => {
    const { id, createdAt } = await create({ cron: '* * * * * *', overlap: 'queue' });
    const fired = async () => (await api.get('/worker/poll?wait=60000')).body.id;
    const first = await fired();
    const second = await fired();
    await patch(id, { enabled: false });
    const { body } = await api.get(`/tasks?schedule=${id}`);
    const times = body.items.map(({ scheduledFor }: { scheduledFor: number }) => scheduledFor).reverse();
    expect(body.items.map(({ taskId }: { taskId: string }) => taskId)).toEqual(expect.arrayContaining([first, second]));
    expect(new Set(times).size).toBe(times.length);
    for (const time of times) expect(time % 1000).toBe(0);
    expect(times[0]).toBeGreaterThan(createdAt);
    const { body: schedule } = await api.get(`/schedules/${id}`);
    expect(schedule).toMatchObject({ lastFireAt: times.at(-1), lastTaskId: body.items[0].taskId, nextFireAt: null });
  });

  it('is in the health', async () => {
    expect((await api.get('/health')).body).toMatchObject({ overdueSchedules: 0 });
  });
});

describe('the audit', () => {
  it('has no value of a variable and no content of a scheduled task', async () => {
    const { id } = await create({ task: { command: 'cat', env: { KEY: 'topsecret' }, stdin: 'topsecret' } });
    await patch(id, { task: { type: 'file-write', path: '/x', content: 'topsecret' } });
    const { body } = await api.get('/audit?limit=20');
    const [updated, created] = body.items.filter(({ target }: { target: string }) => target === id);
    expect(created).toMatchObject({
      action: 'schedule.created',
      detail: { task: { command: 'cat', env: { KEY: { bytes: 9 } }, stdin: { bytes: 9 } } },
    });
    expect(updated).toMatchObject({
      action: 'schedule.updated',
      detail: { task: { type: 'file-write', path: '/x', content: { bytes: 9 } } },
    });
    expect(JSON.stringify(body)).not.toContain('topsecret');
  });
});
