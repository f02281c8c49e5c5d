import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiServer, startApi, TOKEN } from './api-server.js';

let api: ApiServer;
beforeAll(async () => {
  api = await startApi({ MAX_BODY_BYTES: '20000' });
});
afterAll(() => api.close());

const UUID = /^[0-9a-f-]{36}$/;

describe('authentication', () => {
  it.each(['/health', '/health/live', '/health/ready', '/docs-json'])('is not asked for at %s', async (path) => {
    expect(await api.get(path, { token: null })).toMatchObject({ status: 200 });
  });

  it.each([
    ['no token', {}],
    ['an unknown token', { Authorization: `Bearer ${TOKEN}x` }],
    ['another scheme', { Authorization: `Basic ${TOKEN}` }],
    ['a token without a scheme', { Authorization: TOKEN }],
    ['an empty token', { Authorization: 'Bearer ' }],
  ])('refuses %s', async (_, headers) => {
    for (const call of [
      api.get('/tasks', { token: null, headers }),
      api.get('/worker/poll', { token: null, headers }),
    ]) {
      const { status, headers: answered, body } = await call;
      expect(status).toBe(401);
      expect(answered.get('www-authenticate')).toBe('Bearer');
      expect(body).toMatchObject({ code: 'unauthorized', status: 401 });
    }
  });

  it('takes no token from the query', async () => {
    expect(await api.get(`/tasks?token=${TOKEN}`, { token: null })).toMatchObject({ status: 401 });
  });

  it('takes the scheme in any case', async () => {
    expect(await api.get('/tasks', { token: null, headers: { Authorization: `bearer ${TOKEN}` } })).toMatchObject({
      status: 200,
    });
  });

  it('comes before everything that is wrong with a body', async () => {
    const raw = 'x'.repeat(50_000);
    expect(await api.call('POST', '/tasks', { raw, token: null })).toMatchObject({ status: 401 });
  });
});

describe('request ids', () => {
  it('are made, and taken over when they are harmless', async () => {
    const made = await api.get('/health');
    expect(made.headers.get('x-request-id')).toMatch(UUID);
    const given = await api.get('/nowhere', { headers: { 'X-Request-Id': 'a-1._Z' } });
    expect(given.headers.get('x-request-id')).toBe('a-1._Z');
    expect(given.body.requestId).toBe('a-1._Z');
    for (const bad of ['a b', 'x'.repeat(129), '<script>']) {
      const { headers } = await api.get('/health', { headers: { 'X-Request-Id': bad } });
      expect(headers.get('x-request-id')).toMatch(UUID);
    }
  });
});

describe('errors', () => {
  it('are problem details with a stable code', async () => {
    const { status, headers, body } = await api.get('/nowhere?x=1');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(body).toEqual({
      type: 'about:blank',
      title: expect.any(String),
      status: 404,
      detail: 'there is nothing at /nowhere',
      instance: '/nowhere',
      code: 'not_found',
      error: 'there is nothing at /nowhere',
      requestId: headers.get('x-request-id'),
    });
  });

  it.each([
    ['PUT', '/tasks', 'POST, GET'],
    ['DELETE', '/worker/poll', 'GET, POST'],
    ['POST', '/health', 'GET'],
    ['PATCH', '/tasks/1', 'GET, DELETE'],
  ])('tell %s %s what the path takes', async (method, path, allow) => {
    const { status, headers, body } = await api.call(method, path);
    expect({ status, code: body.code, allow: headers.get('allow') }).toEqual({
      status: 405,
      code: 'method_not_allowed',
      allow,
    });
  });

  /** What the server answers to bytes that are sent as they are. */
  async function exchangeRaw(text: string): Promise<string> {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    socket.end(text);
    return Buffer.concat(await socket.toArray()).toString();
  }

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400, 'bad_request'],
    ['an unknown method', 'FOO / HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'bad_request'],
    ['a bad length', 'POST /tasks HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n', 400, 'bad_request'],
    ['a long header', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
    ['an expectation', 'GET / HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\n\r\n', 417, 'expectation_failed'],
  ])('are told of in the same way for %s', async (_, sent, status, code) => {
    const [head = '', body = ''] = (await exchangeRaw(sent)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toMatch(/^x-request-id: [0-9a-f-]{36}$/im);
    expect(JSON.parse(body)).toMatchObject({ status, code });
  });

  it('survive a path that is not valid percent-encoding', async () => {
    expect(await api.get('/tasks/%E0%A4%A')).toMatchObject({ status: 404 });
  });
});

describe('bodies', () => {
  const send = (raw: string | Uint8Array, headers = {}) => api.call('POST', '/tasks', { raw, headers });

  it.each([
    ['broken JSON', '{"command":', 'malformed_json'],
    ['no JSON at all', 'command=true', 'malformed_json'],
    ['JSON that is nested too deep', `{"metadata":${'{"a":'.repeat(200)}1${'}'.repeat(200)}}`, 'malformed_json'],
    ['endless nesting', '['.repeat(19_000), 'malformed_json'],
    ['an array', '[]', 'validation_failed'],
    ['a string', '"command"', 'validation_failed'],
    ['null', 'null', 'validation_failed'],
    ['nothing', '{}', 'validation_failed'],
  ])('refuse %s', async (_, raw, code) => {
    expect(await send(raw)).toMatchObject({ status: 400, body: { code } });
  });

  it('refuse bytes that are not UTF-8', async () => {
    const raw = Buffer.concat([Buffer.from('{"command":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    expect(await send(raw)).toMatchObject({ status: 400, body: { code: 'invalid_encoding' } });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1'])(
    'refuse the content type %s',
    async (type) => {
      const { status, body } = await send('{"command":"true"}', { 'Content-Type': type });
      expect({ status, code: body.code }).toEqual({ status: 415, code: 'unsupported_media_type' });
    },
  );

  it.each(['application/json', 'application/json; charset=UTF-8', 'application/vnd.x+json'])(
    'take the content type %s',
    async (type) => {
      expect(await send('{"command":"true"}', { 'Content-Type': type })).toMatchObject({ status: 200 });
    },
  );

  it('refuse more than MAX_BODY_BYTES, but not of a worker', async () => {
    const long = 'x'.repeat(30_000);
    expect(await api.post('/tasks', { command: long })).toMatchObject({
      status: 413,
      body: { code: 'payload_too_large' },
    });
    expect(await api.post('/worker/result', { taskId: 'unknown', stdout: long })).toMatchObject({ status: 404 });
  });

  it('refuse an encoding that cannot be unpacked', async () => {
    expect(await send('{"command":"true"}', { 'Content-Encoding': 'snappy' })).toMatchObject({ status: 415 });
    expect(await send('{"command":"true"}', { 'Content-Encoding': 'gzip' })).toMatchObject({ status: 400 });
  });

  it('survive a caller that leaves in the middle of one', async () => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(
      `POST /tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"command"',
    );
    await new Promise<void>((resolve) => socket.end(resolve));
    socket.destroy();
    expect(await api.get('/health')).toMatchObject({ status: 200 });
  });
});

describe('a body with a thousand mistakes', () => {
  it('is answered with the first of them, and no name at length', async () => {
    const fields = Array.from({ length: 1000 }, (_, n) => [`${n}${'x'.repeat(n)}`, 1]);
    const roomy = await startApi();
    const { status, body } = await roomy.post('/tasks', { command: 'true', ...Object.fromEntries(fields) });
    expect(status).toBe(400);
    expect(body.errors).toHaveLength(20);
    expect(JSON.stringify(body).length).toBeLessThan(20_000);
    await roomy.close();
  });
});

describe('queries', () => {
  it.each([
    ['wait', '/tasks/1?wait=soon'],
    ['wait', '/tasks/1?wait=-1'],
    ['wait', '/tasks/1?wait=1.5'],
    ['wait', '/tasks/1?wait='],
    ['wait', '/tasks/1?wait=1&wait=2'],
    ['limit', '/tasks?limit=0'],
    ['limit', '/tasks?limit=201'],
    ['limit', '/tasks?limit=ten'],
    ['cursor', '/tasks?cursor=x'],
    ['cursor', '/tasks?cursor=%00'],
    ['status', '/tasks?status=done'],
    ['status', '/tasks?status=pending&status=running'],
    ['type', '/tasks?type=shell'],
    ['worker', '/tasks?worker=%C3%BC'],
    ['schedule', '/tasks?schedule=nightly'],
    ['from', '/tasks?from=yesterday'],
    ['to', '/tasks?to=-1'],
    ['q', '/tasks?q='],
    ['q', '/tasks?q=%22%20-'],
    ['held', '/tasks?held=yes'],
    ['owner', '/tasks?owner=me'],
    ['cursor', '/workers?cursor=x'],
  ])('name %s in %s', async (field, path) => {
    const { status, body } = await api.get(path);
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ field, message: expect.stringContaining(field) }]);
  });

  it('cap a wait that is too long instead of refusing it', async () => {
    expect(await api.get('/tasks/unknown?wait=99999999999999999999')).toMatchObject({ status: 404 });
  });
});

describe('health', () => {
  it('tells the numbers', async () => {
    const { body } = await api.get('/health');
    expect(body).toEqual({
      status: 'ok',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      uptime: expect.any(Number),
      tasks: expect.any(Number),
      results: 0,
      workers: 0,
      overdueSchedules: 0,
    });
  });

  it('says 503 once the server is stopping, and answers polls that are held', async () => {
    const stopping = await startApi();
    const held = stopping.get('/worker/poll?wait=60000');
    while ((await stopping.get('/health')).body.workers === 0) await new Promise(setImmediate);
    stopping.shutdown.begin();
    expect(await held).toMatchObject({ status: 200, body: null });
    expect(await stopping.get('/health/ready')).toMatchObject({ status: 503, body: { code: 'shutting_down' } });
    expect(await stopping.get('/health/live')).toMatchObject({ status: 200 });
    await stopping.close();
  });
});
