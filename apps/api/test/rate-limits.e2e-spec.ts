import { afterEach, describe, expect, it } from '@jest/globals';
import { type ApiServer, startApi } from './api-server.js';

const started: ApiServer[] = [];
async function start(env: Record<string, string>): Promise<ApiServer> {
  const api = await startApi(env);
  started.push(api);
  return api;
}
afterEach(async () => {
  for (const api of started.splice(0)) await api.close();
});

describe('RATE_LIMIT_PER_MINUTE', () => {
  it('holds each token to its share, tells how it stands, and leaves workers alone', async () => {
    const api = await start({ RATE_LIMIT_PER_MINUTE: '5' });
    const other = (await api.post('/tokens', { name: 'other', role: 'client' })).body.token;
    for (let left = 3; left >= 0; left--) {
      const { status, headers } = await api.get('/tasks');
      expect(status).toBe(200);
      expect(headers.get('ratelimit-policy')).toBe('"token";q=5;w=60');
      expect(headers.get('ratelimit')).toMatch(new RegExp(`^"token";r=${left};t=\\d+$`));
    }
    const { status, headers, body } = await api.post('/tasks', { command: 'true' });
    expect({ status, code: body.code }).toEqual({ status: 429, code: 'rate_limited' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(headers.get('ratelimit')).toMatch(/^"token";r=0;t=\d+$/);
    expect(await api.get('/tasks', { token: other })).toMatchObject({ status: 200 });
    for (let n = 0; n < 10; n++) expect(await api.get('/worker/poll?wait=0')).toMatchObject({ status: 200 });
    expect(await api.get('/health')).toMatchObject({ status: 200 });
  });

  it('has a smaller share for calls that cost much', async () => {
    const api = await start({ RATE_LIMIT_PER_MINUTE: '100' });
    for (let left = 9; left >= 0; left--) {
      const { headers } = await api.get('/audit/verify');
      expect(headers.get('ratelimit-policy')).toBe('"token";q=100;w=60, "heavy";q=10;w=60');
      expect(headers.get('ratelimit')).toMatch(new RegExp(`^"token";r=\\d+;t=\\d+, "heavy";r=${left};t=\\d+$`));
    }
    const refused = await api.get('/audit/verify');
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(refused.headers.get('ratelimit')).toMatch(/"heavy";r=0;t=\d+$/);
    expect(await api.get('/tasks')).toMatchObject({ status: 200 });
  });

  it('is in the audit', async () => {
    const api = await start({ RATE_LIMIT_PER_MINUTE: '1' });
    for (let n = 0; n < 3; n++) await api.get('/tasks');
    const { entries } = await api.storage.audit.list({ action: 'rate.limited' }, 10, null);
    expect(entries).toMatchObject([
      { outcome: 'denied', target: 'GET /tasks', actor: { id: 'environment' }, detail: { share: 'token', limit: 1 } },
    ]);
  });

  it('is off at 0', async () => {
    const api = await start({ RATE_LIMIT_PER_MINUTE: '0' });
    for (let n = 0; n < 5; n++) {
      const { status, headers } = await api.get('/tasks');
      expect({ status, policy: headers.get('ratelimit-policy') }).toEqual({ status: 200, policy: null });
    }
  });

  it('refuses before it reads a body', async () => {
    const api = await start({ RATE_LIMIT_PER_MINUTE: '1' });
    await api.get('/tasks');
    expect(await api.call('POST', '/tasks', { raw: 'no JSON' })).toMatchObject({ status: 429 });
  });
});

describe('AUTH_FAILURES_PER_MINUTE', () => {
  const bad = { token: 'no-such-token-0123456789' };

  it('stops guesses from an address, and lets a valid token from there pass', async () => {
    const api = await start({ AUTH_FAILURES_PER_MINUTE: '3' });
    for (let n = 0; n < 3; n++) expect(await api.get('/tasks', bad)).toMatchObject({ status: 401 });
    const { status, headers, body } = await api.get('/tasks', bad);
    expect({ status, code: body.code }).toEqual({ status: 429, code: 'rate_limited' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await api.get('/tasks')).toMatchObject({ status: 200 });
    // Nobody guesses at a token without one.
    expect(await api.get('/tasks', { token: null })).toMatchObject({ status: 401 });
  });

  it('believes X-Forwarded-For of a trusted proxy only', async () => {
    const from = (n: number) => ({ ...bad, headers: { 'X-Forwarded-For': `203.0.113.${n}` } });
    const direct = await start({ AUTH_FAILURES_PER_MINUTE: '1' });
    expect(await direct.get('/tasks', from(1))).toMatchObject({ status: 401 });
    expect(await direct.get('/tasks', from(2))).toMatchObject({ status: 429 });
    const proxied = await start({ AUTH_FAILURES_PER_MINUTE: '1', TRUST_PROXY: 'loopback' });
    expect(await proxied.get('/tasks', from(1))).toMatchObject({ status: 401 });
    expect(await proxied.get('/tasks', from(2))).toMatchObject({ status: 401 });
    expect(await proxied.get('/tasks', from(1))).toMatchObject({ status: 429 });
  });
});
