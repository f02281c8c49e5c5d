import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PollRequest, ResultReport } from '#contracts';
import { FakeApiServer } from '../../test/fake-api-server.js';
import { closeClients, httpClient, TEST_TOKEN as TOKEN } from '../testing/http-clients.js';
import { ApiClient } from './api-client.js';
import { ApiError } from './api-error.js';
import type { ServerAddress } from './http-client.js';

const POLL: PollRequest = {
  worker: { name: 'mac', id: '2b1ad29c-5c0a-4c2e-9d0c-3f5a3b1c9f10', generation: 1 },
  seq: 1,
  wait: 0,
  max: 1,
};
const report = (taskId: string): ResultReport => ({ taskId, attempt: 1, status: 'completed', stdout: 'out' });
const problem = (status: number, code: string, detail = 'because') => ({ status, code, detail, error: detail });

let server: FakeApiServer;
let api: ApiClient;

function client(over: Partial<ServerAddress> = {}, pollGrace?: number): ApiClient {
  return new ApiClient(httpClient({ url: server.url, ...over }), pollGrace);
}

beforeEach(async () => {
  server = await FakeApiServer.start();
  api = client();
});

afterEach(async () => {
  await closeClients();
  await server.close();
});

async function errorOf(call: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await call.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error instanceof ApiError) return error;
  throw new Error(`not an ApiError: ${String(error)}`);
}

describe('poll', () => {
  it('says who asks, and returns the answer', async () => {
    const answer = api.poll(POLL);
    const call = await server.polls.next();
    expect(call.body).toEqual(POLL);
    expect(call.request.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'x-worker-name': 'mac',
      'user-agent': 'openclaw-worker/1.2.3',
      'content-type': 'application/json',
    });
    const task = { id: 'a', type: 'command', command: 'ls', attempt: 2, timeout: 5, another: 'field' };
    call.answer(200, { seq: 1, tasks: [task], cancel: [], stale: [{ taskId: 'b', attempt: 1 }], drain: true, more: 1 });
    const stale = [{ taskId: 'b', attempt: 1 }];
    expect(await answer).toEqual({ seq: 1, tasks: [task], cancel: [], stale, drain: true });
  });

  it('keeps the path prefix of the address', async () => {
    const prefixed = client({ url: `${server.url}/claw` });
    const answer = prefixed.poll(POLL);
    const call = await server.polls.next();
    expect(call.request.url).toBe('/claw/worker/poll');
    call.say();
    await answer;
  });

  it.each([
    [401, 'unauthorized', 'unauthorized'],
    [403, 'forbidden', 'unauthorized'],
    [409, 'worker_superseded', 'superseded'],
    [409, 'worker_name_in_use', 'name_in_use'],
    [400, 'validation_failed', 'refused'],
    [404, 'not_found', 'refused'],
    [429, 'rate_limited', 'server'],
    [503, 'shutting_down', 'server'],
    [507, 'storage_full', 'server'],
  ])('tells %i %s for %s', async (status, code, kind) => {
    const failing = errorOf(api.poll(POLL));
    (await server.polls.next()).refuse(status, code, 'because');
    expect(await failing).toMatchObject({ kind, message: `HTTP ${status}: because` });
  });

  it('passes on how long the server wants to be left alone, a minute at most', async () => {
    for (const [header, expected] of [
      ['7', 7000],
      ['86400', 60_000],
      ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
      ['soon', 0],
    ] as const) {
      const failing = errorOf(api.poll(POLL));
      (await server.polls.next()).answer(429, {}, { 'retry-after': header });
      expect((await failing).retryAfter).toBe(expected);
    }
  });

  it('names the fields that the server did not like', async () => {
    const failing = errorOf(api.poll(POLL));
    const errors = [{ field: 'seq', message: 'must be a whole number' }];
    (await server.polls.next()).answer(400, { ...problem(400, 'validation_failed'), errors });
    expect((await failing).message).toBe('HTTP 400: because; seq: must be a whole number');
  });

  it('names where a redirect leads', async () => {
    const failing = errorOf(api.poll(POLL));
    (await server.polls.next()).answer(301, '', { location: 'https://example.com/worker/poll' });
    expect(await failing).toMatchObject({ kind: 'refused', message: /redirects to https:\/\/example\.com/ });
  });

  it.each([
    ['a page of a proxy', '<html>Please log in</html>'],
    ['null', null],
    ['an object of another kind', { id: 1 }],
    [
      'a task without an id',
      { seq: 1, tasks: [{ type: 'command', attempt: 1, timeout: 1 }], cancel: [], stale: [], drain: false },
    ],
    ['a reference without an attempt', { seq: 1, tasks: [], cancel: [{ taskId: 'a' }], stale: [], drain: false }],
  ])('takes %s with status 200 for no answer', async (_what, body) => {
    const failing = errorOf(api.poll(POLL));
    (await server.polls.next()).answer(200, body);
    expect(await failing).toMatchObject({ kind: 'server', message: /not an answer of the task API/ });
  });

  it('tells a server that is not there, and one that hangs up, from one that refuses', async () => {
    const broken = errorOf(api.poll(POLL));
    (await server.polls.next()).hangUp();
    expect(await broken).toMatchObject({ kind: 'network', message: 'other side closed' });

    const cut = errorOf(api.poll(POLL));
    (await server.polls.next()).hangUp('within the answer');
    expect((await cut).kind).toBe('network');

    await server.close();
    expect(await errorOf(api.poll(POLL))).toMatchObject({ kind: 'network', message: 'ECONNREFUSED' });
    server = await FakeApiServer.start();
  });

  it('ends a call that was given up, and its connection', async () => {
    const abort = new AbortController();
    const failing = errorOf(api.poll({ ...POLL, wait: 60_000 }, abort.signal));
    const call = await server.polls.next();
    abort.abort();
    await failing;
    expect(await call.ended).toBe('given up');
  });

  it('does not begin a call that was given up before', async () => {
    const failing = errorOf(api.poll(POLL, AbortSignal.abort()));
    expect((await failing).kind).toBe('network');
    expect(server.polls.size).toBe(0);
  });

  it('never repeats the token, not even when the server does', async () => {
    const failing = errorOf(api.poll(POLL));
    (await server.polls.next()).refuse(401, 'unauthorized', `unknown token ${TOKEN}`);
    expect((await failing).message).toBe('HTTP 401: unknown token [token]');
  });
});

describe('a deadline', () => {
  it('ends a poll whose other end has fallen silent', async () => {
    // It takes connections and requests, as a machine behind a dead line seems to, and never says a word.
    const silent = createTcpServer((socket) => socket.on('error', () => socket.destroy()).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const impatient = client({ url: `http://127.0.0.1:${port}` }, 50);
    expect(await errorOf(impatient.poll(POLL))).toMatchObject({ kind: 'network', message: 'no answer within 0.05 s' });
    await closeClients();
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe('connections', () => {
  it('are made anew when those there were may be dead', async () => {
    const http = httpClient({ url: server.url });
    const api = new ApiClient(http);
    const silent = errorOf(api.poll(POLL));
    const call = await server.polls.next();
    await http.reconnect();
    expect((await silent).kind).toBe('network');
    expect(await call.ended).toBe('given up');
    const answer = api.poll(POLL);
    (await server.polls.next()).say();
    expect(await answer).toMatchObject({ seq: 1 });
  });
});

describe('report', () => {
  it('sends one report by itself', async () => {
    const outcomes = api.report([report('a')]);
    const call = await server.reports.next();
    expect(call.body).toEqual(report('a'));
    call.acknowledge();
    expect(await outcomes).toEqual([{ kind: 'acknowledged' }]);
  });

  it.each([
    [404, 'task_not_found', 'gone'],
    [409, 'stale_attempt', 'gone'],
    [409, 'not_claimant', 'gone'],
    [400, 'validation_failed', 'refused'],
    [413, 'payload_too_large', 'refused'],
  ])('tells %i %s for %s', async (status, code, kind) => {
    const outcomes = api.report([report('a')]);
    (await server.reports.next()).answer(status, problem(status, code));
    expect(await outcomes).toEqual([{ kind, detail: `HTTP ${status}: because` }]);
  });

  it.each([
    ['a load balancer without a server', 404, '404 page not found'],
    ['a gateway that says nothing', 404, ''],
    ['a gateway without a route', 404, { message: 'no Route matched' }],
    ['a gateway with a conflict', 409, ''],
    ['a conflict of another kind', 409, problem(409, 'worker_superseded')],
    ['a path that the server does not have', 404, problem(404, 'not_found')],
    ['a portal', 200, '<html>Welcome</html>'],
    ['a failing server', 500, problem(500, 'internal_error')],
    ['a full disk', 507, problem(507, 'storage_full')],
    ['a revoked token', 401, problem(401, 'unauthorized')],
  ])('keeps the report for a later try when it meets %s', async (_what, status, body) => {
    const outcomes = api.report([report('a')]);
    (await server.reports.next()).answer(status, body);
    expect(await outcomes).toMatchObject([{ kind: 'failed' }]);
  });

  it('sends many in one request, and takes the answers one by one', async () => {
    const reports = ['a', 'b', 'c'].map(report);
    const outcomes = api.report(reports);
    const call = await server.reports.next();
    expect(call.body).toEqual({ results: reports });
    const results = [
      { taskId: 'a', attempt: 1, status: 200 },
      { taskId: 'b', attempt: 1, status: 409, code: 'stale_attempt' },
      { taskId: 'c', attempt: 1, status: 507, code: 'storage_full' },
    ];
    call.answer(200, { success: true, results });
    expect(await outcomes).toMatchObject([
      { kind: 'acknowledged' },
      { kind: 'gone', detail: 'HTTP 409: The report is not for the current attempt' },
      { kind: 'failed' },
    ]);
  });

  it('asks again about the one of many that was refused, to learn why', async () => {
    const outcomes = api.report(['a', 'b'].map(report));
    const results = [
      { taskId: 'a', attempt: 1, status: 400, code: 'validation_failed' },
      { taskId: 'b', attempt: 1, status: 200 },
    ];
    (await server.reports.next()).answer(200, { success: true, results });
    const again = await server.reports.next();
    expect(again.body).toEqual(report('a'));
    again.answer(400, problem(400, 'validation_failed', 'exitCode is odd'));
    expect(await outcomes).toEqual([
      { kind: 'refused', detail: 'HTTP 400: exitCode is odd' },
      { kind: 'acknowledged' },
    ]);
  });

  it('sends each alone when all together are refused', async () => {
    const outcomes = api.report(['a', 'b'].map(report));
    (await server.reports.next()).answer(413, 'too large');
    const first = await server.reports.next();
    expect(first.body.taskId).toBe('a');
    first.answer(413, 'too large');
    (await server.reports.next()).acknowledge();
    expect(await outcomes).toEqual([{ kind: 'refused', detail: 'HTTP 413' }, { kind: 'acknowledged' }]);
  });

  it('does not go on with the others once the server fails', async () => {
    const outcomes = api.report(['a', 'b', 'c'].map(report));
    (await server.reports.next()).answer(400, problem(400, 'validation_failed'));
    (await server.reports.next()).answer(503, problem(503, 'shutting_down'));
    expect(await outcomes).toMatchObject([{ kind: 'failed' }, { kind: 'failed' }, { kind: 'failed' }]);
    expect(server.reports.size).toBe(0);
  });

  it('takes an answer with too few results for none', async () => {
    const outcomes = api.report(['a', 'b'].map(report));
    (await server.reports.next()).answer(200, { success: true, results: [{ taskId: 'a', attempt: 1, status: 200 }] });
    expect(await outcomes).toMatchObject([{ kind: 'acknowledged' }, { kind: 'failed' }]);
  });
});

describe('a proxy', () => {
  let proxy: Server;
  let seen: string[];

  beforeEach(async () => {
    seen = [];
    proxy = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ seq: 1, tasks: [], cancel: [], stale: [], drain: false }));
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  });

  const behind = (url: string, exempt = '') => {
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    return client({ url, proxy: { http: address, https: address, exempt } });
  };

  it('is asked for plain http without a tunnel', async () => {
    const proxied = behind('http://tasks.invalid/claw');
    await proxied.poll(POLL);
    expect(seen).toEqual(['POST http://tasks.invalid/claw/worker/poll']);
  });

  it('is left out for the hosts that are exempt', async () => {
    const direct = behind(server.url, '127.0.0.1');
    const answer = direct.poll(POLL);
    (await server.polls.next()).say();
    await answer;
    expect(seen).toEqual([]);
  });
});
