import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiServer, startApi } from './api-server.js';

let api: ApiServer;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** Takes the next task as a simple worker does. */
const take = async () => (await api.get('/worker/poll?wait=0')).body;
const finish = (taskId: string, result = {}) => api.post('/worker/result', { taskId, exitCode: 0, ...result });

/** One valid submission of each type. */
const EXAMPLES = {
  command: {
    command: 'echo hi',
    cwd: '~',
    env: { KEY: 's3cret' },
    stdin: 'aGk=',
    stdinEncoding: 'base64',
    idleTimeout: 5,
  },
  'file-read': { path: '~/a', encoding: 'base64' },
  'file-write': { path: '/a', content: '', mode: '0600', ifMatch: 'a'.repeat(64) },
  'file-edit': { path: '/a', oldString: 'x', newString: '', replaceAll: true },
  'file-list': { path: '/' },
  'claude-cli': { prompt: '-- hello', model: 'sonnet', sessionId: 'abc', cwd: '/tmp' },
};

describe('POST /tasks', () => {
  it.each(Object.entries(EXAMPLES))('hands a %s task to a worker with all that was submitted', async (type, fields) => {
    const { status, body } = await api.post('/tasks', { type, ...fields });
    expect(status).toBe(200);
    expect(body).toMatchObject({ taskId: expect.any(String), status: 'pending', createdAt: expect.any(Number) });
    const timeout = type === 'claude-cli' ? 120_000 : 30_000;
    expect(await take()).toEqual({ id: body.taskId, type, attempt: 1, timeout, ...fields });
    await finish(body.taskId);
  });

  it('answers a record that shows the submission but no value of a variable', async () => {
    const { body } = await api.post('/tasks', { ...EXAMPLES.command, timeout: 1000, metadata: { by: 'phone' } });
    const { body: record } = await api.get(`/tasks/${body.taskId}`);
    expect(record).toEqual({
      taskId: body.taskId,
      id: body.taskId,
      type: 'command',
      status: 'pending',
      attempt: 0,
      priority: 0,
      createdAt: body.createdAt,
      startedAt: null,
      completedAt: null,
      duration: null,
      worker: null,
      timeout: 1000,
      expiresIn: 900_000,
      exitCode: null,
      signal: null,
      error: null,
      outputBytes: { stdout: 0, stderr: 0 },
      truncated: { stdout: false, stderr: false },
      metadata: {},
      labels: { by: 'phone' },
      cancelRequestedAt: null,
      tags: [],
      runAt: null,
      maxAttempts: 1,
      retryOn: ['failed', 'timed_out'],
      retryDelay: 1000,
      schedule: null,
      scheduledFor: null,
      retryOf: null,
      webhook: null,
      waitingFor: null,
      stdout: '',
      stderr: '',
      stdoutEncoding: 'utf8',
      stderrEncoding: 'utf8',
      message: 'Result not ready yet',
      command: 'echo hi',
      cwd: '~',
      env: ['KEY'],
      stdin: 'aGk=',
      stdinEncoding: 'base64',
      idleTimeout: 5,
    });
    await take();
    await finish(body.taskId);
  });

  it('keeps the metadata of the client as it is', async () => {
    const raw = '{"command":"true","metadata":{"__proto__":{"x":1},"constructor":2,"n":[null,1e3],"toString":"ü"}}';
    const { body } = await api.call('POST', '/tasks', { raw });
    const { body: record } = await api.get(`/tasks/${body.taskId}`);
    expect(JSON.stringify(record.labels)).toBe('{"__proto__":{"x":1},"constructor":2,"n":[null,1000],"toString":"ü"}');
    await take();
    await finish(body.taskId);
  });

  it('takes an explicit null for a field that is left out', async () => {
    const { status, body } = await api.post('/tasks', { command: 'true', cwd: null, timeout: null, metadata: null });
    expect(status).toBe(200);
    expect(await take()).toEqual({ id: body.taskId, type: 'command', attempt: 1, timeout: 30_000, command: 'true' });
    await finish(body.taskId);
    expect((await api.post('/tasks', { command: null })).body.errors).toMatchObject([{ field: 'command' }]);
  });

  it('takes the longest command and the largest metadata', async () => {
    const command = `#${'é'.repeat(65_535)}`;
    const { body } = await api.post('/tasks', { command, metadata: { a: 'x'.repeat(16_384 - 8) } });
    expect((await take()).command).toBe(command);
    await finish(body.taskId);
  });

  it.each([
    ['type', { type: 'reboot' }],
    ['type', { type: 7 }],
    ['command', {}],
    ['command', { command: '' }],
    ['command', { command: 7 }],
    ['command', { command: ['true'] }],
    ['command', { command: 'a\0b' }],
    ['command', { command: 'half \ud800' }],
    ['command', { command: 'é'.repeat(65_536) }],
    ['timeout', { command: 'true', timeout: 0 }],
    ['timeout', { command: 'true', timeout: 86_400_001 }],
    ['timeout', { command: 'true', timeout: 1.5 }],
    ['timeout', { command: 'true', timeout: '1000' }],
    ['idleTimeout', { command: 'true', idleTimeout: 0 }],
    ['expiresIn', { command: 'true', expiresIn: 2_592_000_001 }],
    ['env', { command: 'true', env: ['A=b'] }],
    ['env', { command: 'true', env: { A: 1 } }],
    ['env', { command: 'true', env: { A: null } }],
    ['env', { command: 'true', env: { 'A=B': 'x' } }],
    ['env', { command: 'true', env: { 'A\0': 'x' } }],
    ['env', { command: 'true', env: { '': 'x' } }],
    ['stdin', { command: 'true', stdin: 'not base64!', stdinEncoding: 'base64' }],
    ['stdinEncoding', { command: 'true', stdinEncoding: 'latin1' }],
    ['cwd', { command: 'true', cwd: '' }],
    ['priority', { command: 'true', priority: 101 }],
    ['priority', { command: 'true', priority: 0.5 }],
    ['delay', { command: 'true', delay: -1 }],
    ['runAt', { command: 'true', runAt: '2027-01-01' }],
    ['runAt', { command: 'true', runAt: 8_000_000_000_000_000 }],
    ['runAt', { command: 'true', runAt: 1, delay: 1 }],
    ['worker', { command: 'true', worker: 'ü' }],
    ['worker', { command: 'true', worker: '' }],
    ['tags', { command: 'true', tags: 'gpu' }],
    ['tags', { command: 'true', tags: [''] }],
    ['maxAttempts', { command: 'true', maxAttempts: 0 }],
    ['maxAttempts', { command: 'true', maxAttempts: 101 }],
    ['retryOn', { command: 'true', retryOn: ['completed'] }],
    ['retryOn', { command: 'true', retryOn: [] }],
    ['retryDelay', { command: 'true', retryDelay: -1 }],
    ['metadata', { command: 'true', metadata: 'text' }],
    ['metadata', { command: 'true', metadata: [] }],
    ['metadata', { command: 'true', metadata: { a: 'x'.repeat(16_384) } }],
    ['path', { type: 'file-read' }],
    ['path', { type: 'file-read', path: '/a\0b' }],
    ['path', { type: 'file-read', path: 'x'.repeat(4097) }],
    ['encoding', { type: 'file-read', path: '/a', encoding: 'hex' }],
    ['content', { type: 'file-write', path: '/a' }],
    ['content', { type: 'file-write', path: '/a', content: '###', encoding: 'base64' }],
    ['mode', { type: 'file-write', path: '/a', content: '', mode: 'rw-r--r--' }],
    ['mode', { type: 'file-write', path: '/a', content: '', mode: 420 }],
    ['ifMatch', { type: 'file-write', path: '/a', content: '', ifMatch: 'abc' }],
    ['oldString', { type: 'file-edit', path: '/a', oldString: '', newString: 'x' }],
    ['newString', { type: 'file-edit', path: '/a', oldString: 'x' }],
    ['replaceAll', { type: 'file-edit', path: '/a', oldString: 'x', newString: 'y', replaceAll: 'yes' }],
    ['prompt', { type: 'claude-cli', prompt: '' }],
    ['prompt', { type: 'claude-cli', prompt: 'x'.repeat(1_048_577) }],
    ['sessionId', { type: 'claude-cli', prompt: 'x', sessionId: '--help' }],
    ['model', { type: 'claude-cli', prompt: 'x', model: '--help' }],
  ])('names %s in %j', async (field, submission) => {
    const { status, body } = await api.post('/tasks', submission);
    expect(status).toBe(400);
    expect(body.code).toBe('validation_failed');
    expect(body.errors.map((error: { field: string }) => error.field)).toEqual([field]);
  });

  it.each(['shell', 'id'])('refuses %s, which it does not know', async (field) => {
    const { status, body } = await api.post('/tasks', { command: 'true', [field]: 1 });
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ field, message: `${field} is not a field that this call takes` }]);
  });

  it('says whose field a misplaced one is', async () => {
    const { body } = await api.post('/tasks', { type: 'file-list', path: '/', stdin: 'x' });
    expect(body.detail).toBe('stdin is a field of command tasks, not of a file-list task');
  });

  it('answers the finished record in the same request', async () => {
    const waiting = api.post('/tasks?wait=60000', { command: 'true' });
    const { body: task } = await api.get('/worker/poll?wait=60000');
    await finish(task.id, { stdout: 'done\n', duration: 5 });
    expect(await waiting).toMatchObject({
      status: 200,
      body: { taskId: task.id, status: 'completed', stdout: 'done\n', exitCode: 0, duration: 5 },
    });
  });

  it('answers the unfinished record when the wait ends first', async () => {
    const { body } = await api.post('/tasks?wait=1', { command: 'true' });
    expect(body).toMatchObject({ status: 'pending', message: 'Result not ready yet' });
    await take();
    await finish(body.taskId);
  });
});

describe('the shorthands', () => {
  it.each([
    [
      '/files/read',
      { path: '~/x', encoding: 'base64', timeout: 5 },
      { type: 'file-read', path: '~/x', encoding: 'base64' },
    ],
    ['/files/write', { path: '/x', content: 'y', ifMatch: 'A'.repeat(64) }, { type: 'file-write', content: 'y' }],
    ['/files/list', { path: '/x' }, { type: 'file-list', path: '/x' }],
    [
      '/files/edit',
      { path: '/x', old_string: 'a', new_string: '$&', replace_all: true },
      { type: 'file-edit', path: '/x', oldString: 'a', newString: '$&', replaceAll: true },
    ],
    [
      '/claude',
      { prompt: 'hi', model: 'opus', cwd: '~' },
      { type: 'claude-cli', prompt: 'hi', model: 'opus', cwd: '~' },
    ],
  ])('%s makes the same task', async (path, body, task) => {
    const { status, body: answer } = await api.post(path, body);
    expect(status).toBe(200);
    expect(answer).toMatchObject({ taskId: expect.any(String), message: expect.any(String) });
    expect(await take()).toMatchObject({ id: answer.taskId, ...task });
    await finish(answer.taskId);
  });

  it('name a new conversation at once, and keep the name of a continued one', async () => {
    const fresh = await api.post('/claude', { prompt: 'hi' });
    expect(fresh.body.sessionId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await take()).toMatchObject({ sessionId: fresh.body.sessionId });
    await finish(fresh.body.taskId);
    const { body } = await api.post('/claude', { prompt: 'more', sessionId: fresh.body.sessionId });
    expect(body.sessionId).toBe(fresh.body.sessionId);
    await take();
    await finish(body.taskId);
  });

  it.each([
    ['/files/read', { path: '/x', content: 'y' }, 'content'],
    ['/files/write', { path: '/x' }, 'content'],
    ['/files/edit', { path: '/x', old_string: 'a', newString: 'b', new_string: 'b' }, 'newString'],
    ['/files/edit', { path: '/x', new_string: 'b' }, 'old_string'],
    ['/files/list', {}, 'path'],
    ['/claude', { prompt: 'x', type: 'command' }, 'type'],
    ['/claude', { prompt: 'x', callbackChannel: '1' }, 'callbackChannel'],
  ])('%s refuses %j naming %s', async (path, body, field) => {
    const answer = await api.post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((error: { field: string }) => error.field)).toEqual([field]);
  });

  it('can wait for the end too', async () => {
    const waiting = api.post('/files/read?wait=60000', { path: '/x' });
    const { body: task } = await api.get('/worker/poll?wait=60000');
    await finish(task.id, { stdout: 'content' });
    expect(await waiting).toMatchObject({ body: { status: 'completed', stdout: 'content' } });
  });
});

describe('GET /tasks', () => {
  it('answers 404 for what does not exist, also when it may wait', async () => {
    const { status, body } = await api.get('/tasks/0190b3c0-0000-7000-8000-000000000001?wait=60000');
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'task_not_found' });
  });

  it('pages through everything, newest first, without output', async () => {
    const submitted: string[] = [];
    for (let n = 0; n < 5; n++) submitted.unshift((await api.post('/tasks', { command: `echo ${n}` })).body.taskId);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await api.get(`/tasks?limit=2${cursor && `&cursor=${cursor}`}`);
      for (const item of body.items) {
        expect(item).not.toHaveProperty('stdout');
        seen.push(item.taskId);
      }
      cursor = body.nextCursor;
    } while (cursor);
    expect(seen.slice(0, 5)).toEqual(submitted);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe((await api.get('/tasks?limit=200')).body.items.length);
    for (const _ of submitted) await finish((await take()).id);
  });
});

describe('a task that nobody takes', () => {
  it('expires, and tells who waits for it', async () => {
    const { body } = await api.post('/tasks?wait=60000', { command: 'true', expiresIn: 1 });
    expect(body).toMatchObject({
      status: 'expired',
      attempt: 0,
      error: 'expired: no worker took it in time',
      duration: null,
      completedAt: expect.any(Number),
    });
    expect(await take()).toBeNull();
  });
});

describe('a full queue', () => {
  it('refuses more and keeps what it has', async () => {
    const small = await startApi({ MAX_PENDING: '1' });
    await small.post('/tasks', { command: 'true' });
    const { status, headers, body } = await small.post('/tasks', { command: 'true' });
    expect({ status, code: body.code }).toEqual({ status: 429, code: 'queue_full' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(headers.get('ratelimit-policy')).toBe('"queue";q=1');
    expect(headers.get('ratelimit')).toMatch(/^"queue";r=0;t=\d+$/);
    expect((await small.get('/health')).body.tasks).toBe(1);
    await small.close();
  });
});
