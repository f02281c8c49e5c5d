import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiServer, startApi } from './api-server.js';

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'a-test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

let api: ApiServer;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** A request as a client of 2026-07-28 sends it. */
function ask(method: string, params: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
  const name = params.name ?? params.uri;
  const body = { jsonrpc: '2.0', id: 7, method, params: { ...params, _meta: META } };
  const sent = {
    Accept: 'application/json, text/event-stream',
    'MCP-Protocol-Version': '2026-07-28',
    'Mcp-Method': method,
    ...(typeof name === 'string' ? { 'Mcp-Name': name } : {}),
  };
  return api.post('/mcp', body, { headers: { ...sent, ...headers } });
}

const use = (name: string, given: object, headers?: Record<string, string>) =>
  ask('tools/call', { name, arguments: given }, headers);

describe('POST /mcp', () => {
  it('is all there is: no session to open a stream for, or to end', async () => {
    for (const method of ['GET', 'DELETE']) {
      const { status, headers } = await api.call(method, '/mcp');
      expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'POST' });
    }
  });

  it('answers one JSON body when there is nothing to tell before the end', async () => {
    const { status, headers, body } = await use('list_tasks', {});
    expect({ status, type: headers.get('content-type') }).toEqual({ status: 200, type: 'application/json' });
    expect(body).toMatchObject({ jsonrpc: '2.0', id: 7, result: { structuredContent: { items: [] } } });
  });

  it.each([
    ['what is no JSON', '{', 400, -32_700],
    ['what is no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400, -32_700],
    ['many messages at once', '[]', 400, -32_600],
    ['no message at all', '"hello"', 400, -32_600],
  ])('tells of %s as JSON-RPC does', async (_, raw, status, code) => {
    const answer = await api.call('POST', '/mcp', { raw });
    expect(answer).toMatchObject({ status, body: { jsonrpc: '2.0', id: null, error: { code } } });
  });

  it('takes JSON, and no more of it than other calls', async () => {
    const form = await api.call('POST', '/mcp', { raw: 'a=b', headers: { 'Content-Type': 'text/plain' } });
    expect(form).toMatchObject({ status: 415, body: { jsonrpc: '2.0', error: { code: -32_000 } } });
    const large = await api.post('/mcp', { jsonrpc: '2.0', method: 'x', params: 'x'.repeat(17 * 1_048_576) });
    expect(large).toMatchObject({ status: 413, body: { jsonrpc: '2.0', error: { code: -32_000 } } });
  });

  it('answers what is not of MCP as every other route does', async () => {
    const stranger = await api.post('/mcp', {}, { token: 'not-a-token-of-this-server' });
    expect(stranger).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    expect(stranger.headers.get('www-authenticate')).toBe('Bearer');
  });

  it.each(['https://evil.example', 'http://127.0.0.1.evil.example', 'null', 'nonsense'])(
    'refuses a page of %s',
    async (origin) => {
      const { status, body } = await ask('tools/list', {}, { Origin: origin });
      expect({ status, jsonrpc: body.jsonrpc }).toEqual({ status: 403, jsonrpc: '2.0' });
    },
  );

  it('lets pages of this machine in', async () => {
    expect((await ask('tools/list', {}, { Origin: 'http://localhost:6274' })).status).toBe(200);
  });

  it('refuses headers that say something else than the body', async () => {
    const { status, body } = await use('list_tasks', {}, { 'Mcp-Name': 'run_command' });
    expect({ status, code: body.error.code }).toEqual({ status: 400, code: -32_020 });
  });

  it('writes into the audit who has done what, and from where', async () => {
    const { body: token } = await api.post('/tokens', { name: 'agent', role: 'client' });
    const { body } = await use(
      'run_command',
      { command: 'true', wait: 0 },
      {
        Authorization: `Bearer ${token.token}`,
        'User-Agent': 'an-agent/1',
        'X-Request-Id': 'asked-by-an-agent',
      },
    );
    const { taskId } = body.result.structuredContent;
    const { body: audit } = await api.get(`/audit?taskId=${taskId}`);
    expect(audit.items).toMatchObject([
      {
        action: 'task.submitted',
        actor: { id: token.id, name: 'agent', role: 'client' },
        ip: '127.0.0.1',
        userAgent: 'an-agent/1',
        requestId: 'asked-by-an-agent',
      },
    ]);
  });

  it('refuses what the role may not do, and writes that into the audit', async () => {
    const { body: token } = await api.post('/tokens', { name: 'watcher', role: 'viewer' });
    const given = { Authorization: `Bearer ${token.token}` };
    const before = (await api.get('/tasks')).body.items.length;
    for (const name of ['run_command', 'write_file', 'edit_file', 'ask_claude', 'cancel_task', 'schedule_task']) {
      expect(await use(name, { command: 'true' }, given)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    }
    expect((await api.get('/tasks')).body.items).toHaveLength(before);
    const { body: audit } = await api.get(`/audit?action=auth.forbidden&actor=${token.id}`);
    expect(audit.items[0]).toMatchObject({ target: 'POST /mcp run_command', outcome: 'denied' });
  });

  it('counts against the calls of a token', async () => {
    const limited = await startApi({ RATE_LIMIT_PER_MINUTE: '1' });
    const call = () => limited.post('/mcp', { jsonrpc: '2.0', id: 1, method: 'ping' });
    await call();
    expect(await call()).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    await limited.close();
  });

  it('cancels the call of the session that says so, and no other', async () => {
    const legacy = (body: object, headers = {}) =>
      api.post(
        '/mcp',
        { jsonrpc: '2.0', ...body },
        {
          headers: { Accept: 'application/json, text/event-stream', 'MCP-Protocol-Version': '2025-11-25', ...headers },
        },
      );
    const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a-test', version: '1' } };
    const begin = async () => {
      const { headers } = await legacy({ id: 0, method: 'initialize', params: hello });
      return { 'Mcp-Session-Id': headers.get('mcp-session-id') ?? '' };
    };
    const [mine, other] = [await begin(), await begin()];
    expect(mine['Mcp-Session-Id']).not.toBe(other['Mcp-Session-Id']);
    const params = { name: 'run_command', arguments: { command: 'sleep 600', wait: 60_000 } };
    const calls = [mine, other].map((session) => legacy({ id: 1, method: 'tools/call', params }, session));
    const pending = async (count: number) => {
      for (;;) {
        const { body } = await api.get('/tasks?status=pending&q=sleep');
        if (body.items.length === count) return body.items;
      }
    };
    await pending(2);
    const cancel = { method: 'notifications/cancelled', params: { requestId: 1 } };
    expect((await legacy(cancel)).status).toBe(202);
    expect((await legacy(cancel, mine)).status).toBe(202);
    await calls[0];
    const [left] = await pending(1);
    await api.post(`/tasks/${left.taskId}/cancel`);
    expect((await calls[1])?.body).toContain('cancelled');
  });

  it('answers what it has when the server stops', async () => {
    const stopping = await startApi();
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: {} };
    const params = { name: 'run_command', arguments: { command: 'true', wait: 60_000 } };
    const waiting = stopping.post(
      '/mcp',
      { ...body, params },
      { headers: { Accept: 'application/json, text/event-stream' } },
    );
    while ((await stopping.get('/tasks')).body.items.length === 0);
    stopping.shutdown.begin();
    expect((await waiting).body).toContain('"status":"pending"');
    await stopping.close();
  });
});
