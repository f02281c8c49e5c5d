import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ApiServer, startApi } from './api-server.js';
import { fileCalls, sha256 } from './file-calls.js';

let api: ApiServer;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const { claimed, store, download } = fileCalls(() => api);

describe('reading a file', () => {
  let path: string;
  const etag = `"${sha256('0123456789')}"`;
  beforeEach(async () => {
    const taskId = await claimed();
    await store(taskId, Buffer.from('0123456789'));
    path = `/tasks/${taskId}/artifacts/shot.png`;
  });

  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=5-99', '56789', 'bytes 5-9/10'],
  ])('answers the range %s', async (range, expected, contentRange) => {
    const { status, headers, bytes } = await download(path, { Range: range });
    expect({ status, text: String(bytes) }).toEqual({ status: 206, text: expected });
    expect(headers).toMatchObject({ 'content-range': contentRange, 'accept-ranges': 'bytes', etag });
  });

  it('refuses a range that there is not, as an error like every other', async () => {
    const { status, headers, bytes } = await download(path, { Range: 'bytes=10-' });
    expect(status).toBe(416);
    expect(headers['content-range']).toBe('bytes */10');
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(headers).not.toHaveProperty('content-disposition');
    expect(JSON.parse(String(bytes)).code).toBe('range_not_satisfiable');
  });

  it('answers the whole to several ranges, and to one of another file', async () => {
    const stale = { Range: 'bytes=0-1', 'If-Range': '"other"' };
    for (const headers of [{ Range: 'bytes=0-1,4-5' }, { Range: 'lines=1-2' }, stale]) {
      expect(await download(path, headers)).toMatchObject({ status: 200, bytes: Buffer.from('0123456789') });
    }
    expect((await download(path, { Range: 'bytes=0-1', 'If-Range': etag })).status).toBe(206);
  });

  it('heeds conditions', async () => {
    expect((await download(path, { 'If-None-Match': etag })).status).toBe(304);
    expect((await download(path, { 'If-None-Match': '"other"' })).status).toBe(200);
    expect((await download(path, { 'If-Match': etag })).status).toBe(200);
    expect((await download(path, { 'If-Match': '"other"' })).status).toBe(412);
  });

  it('answers HEAD with everything but the bytes', async () => {
    const { status, headers, bytes } = await download(path, {}, 'HEAD');
    expect({ status, length: bytes.length }).toEqual({ status: 200, length: 0 });
    expect(headers).toMatchObject({ 'content-length': '10', 'accept-ranges': 'bytes', etag });
  });
});
