import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiServer, startApi } from './api-server.js';

const PAGE = '<!doctype html><title>OpenClaw Worker</title>';
const BROWSER = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let folder: string;
let api: ApiServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'web-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), PAGE);
  writeFileSync(join(folder, 'assets', 'main-abc.js'), 'alert(1)');
  writeFileSync(join(folder, 'assets', 'main-abc.js.gz'), gzipSync('alert(1)'));
  api = await startApi({}, { webFolder: folder });
});
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) => api.get(path, { token: null, headers });

describe('the web page', () => {
  it.each(['/', '/ui', '/ui/tasks', '/ui/tasks/0190b3c0-0000-7000-8000-000000000000'])(
    'is there at %s for anybody',
    async (path) => {
      const { status, headers, body } = await get(path);
      expect({ status, body }).toEqual({ status: 200, body: PAGE });
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('cache-control')).toBe('no-cache');
    },
  );

  it('lets nothing in that is inline or from elsewhere', async () => {
    const policy = (await get('/')).headers.get('content-security-policy') ?? '';
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(policy).toMatch("default-src 'none'");
    expect(policy).toMatch("frame-ancestors 'none'");
  });

  it('has files that are kept for as long as the browser likes, compressed for those who take that', async () => {
    const plain = await get('/assets/main-abc.js', { 'Accept-Encoding': 'identity' });
    expect(plain.body).toBe('alert(1)');
    expect(plain.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(plain.headers.get('vary')).toBe('Accept-Encoding');
    const { headers, body } = await get('/assets/main-abc.js', { 'Accept-Encoding': 'gzip' });
    expect(headers.get('content-encoding')).toBe('gzip');
    expect(body).toBe('alert(1)');
  });

  it('is not sent again to a browser that has it', async () => {
    const changed = (await get('/')).headers.get('last-modified') ?? '';
    // Without the second, fetch asks for a fresh one.
    const headers = { 'If-Modified-Since': changed, 'Cache-Control': 'max-age=0' };
    expect(await get('/', headers)).toMatchObject({ status: 304, body: '' });
  });

  it('explains to a browser that there is nothing, and to a program in JSON', async () => {
    expect(await get('/nowhere', BROWSER)).toMatchObject({ status: 200, body: PAGE });
    for (const accept of ['', '*/*', 'application/json']) {
      expect(await get('/nowhere', { Accept: accept })).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
    expect(await get('/assets/gone.js')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await api.post('/ui/tasks', {}, { headers: BROWSER })).toMatchObject({ status: 404 });
  });

  it('leaves the paths of the API to the API, whatever a browser accepts', async () => {
    expect(await get('/tasks', BROWSER)).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    expect(await get('/health', BROWSER)).toMatchObject({ status: 200, body: { status: 'ok' } });
    const unknown = await api.get('/tasks/0190b3c0-0000-7000-8000-000000000000', { headers: BROWSER });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'task_not_found' } });
  });

  it('hands out nothing from outside its folder', async () => {
    for (const path of ['/assets/..%2f..%2fetc/passwd', '/ui/%2e%2e/%2e%2e/etc/passwd']) {
      expect(JSON.stringify((await get(path)).body)).not.toMatch('root:');
    }
  });
});
