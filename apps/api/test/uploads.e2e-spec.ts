import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BlobSweep } from '../src/files/blob-sweep.js';
import { BlobFolder } from '../src/storage/blob-folder.js';
import { StorageFull } from '../src/storage/errors.js';
import { type ApiServer, startApi } from './api-server.js';
import { begin, fileCalls, sha256 } from './file-calls.js';

const UNKNOWN = '0190b3c0-0000-7000-8000-000000000000';
const BYTES = randomBytes(300_000);
const HASH = sha256(BYTES);
const DAY = 86_400_000;

let folder: string;
let api: ApiServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uploads-'));
  // Less than the file: what is streamed is not held to it.
  api = await startApi({ DATABASE_URL: `file:${join(folder, 'api.db')}`, MAX_BODY_BYTES: '20000' });
});
afterEach(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
});

const { download } = fileCalls(() => api);
const OCTETS = { 'Content-Type': 'application/octet-stream' };
const send = (query = '', headers: Record<string, string> = OCTETS) =>
  api.call('POST', `/tasks/uploads${query}`, { raw: BYTES, headers });
const uploaded = async () => (await send()).body.upload as string;
/** The files of the blob folder. */
const kept = () =>
  existsSync(join(folder, 'api.db.blobs'))
    ? readdirSync(join(folder, 'api.db.blobs'), { recursive: true, withFileTypes: true }).filter((entry) =>
        entry.isFile(),
      )
    : [];

describe('POST /tasks/uploads', () => {
  it('keeps what it is sent, of whatever type, readable by its owner only', async () => {
    for (const headers of [OCTETS, { 'Content-Type': 'application/json' }, { 'Content-Type': 'video/mp4' }]) {
      const { status, body } = await send(`?sha256=${HASH.toUpperCase()}`, headers);
      expect(status).toBe(200);
      expect(body).toEqual({ upload: expect.any(String), size: 300_000, sha256: HASH, expiresAt: expect.any(Number) });
      expect(Math.abs(body.expiresAt - Date.now() - DAY)).toBeLessThan(60_000);
      expect(await api.app.get(BlobFolder).sha256Of(body.upload)).toBe(HASH);
    }
    const nothing = await api.call('POST', '/tasks/uploads');
    expect(nothing.body).toMatchObject({ size: 0, sha256: sha256('') });
  });

  it('keeps nothing of what it refuses', async () => {
    expect((await send(`?sha256=${'0'.repeat(64)}`)).body).toMatchObject({ status: 422, code: 'checksum_mismatch' });
    expect((await send('?sha256=abc')).body.errors).toMatchObject([{ field: 'sha256' }]);
    expect((await send('?wait=0')).body.errors).toMatchObject([{ field: 'wait' }]);
    expect(await send('', { ...OCTETS, 'Content-Encoding': 'gzip' })).toMatchObject({ status: 415 });
    api.storage.files.addUpload = () => Promise.reject(new StorageFull());
    expect(await send()).toMatchObject({ status: 507, body: { code: 'storage_full' } });
    expect(kept()).toEqual([]);
  });

  it('refuses more than it may keep before it has come', async () => {
    const socket = await begin(api, 'POST /tasks/uploads', { ...OCTETS, 'Content-Length': 2 ** 30 + 1 });
    const answer = await new Promise((resolve) => socket.once('data', (data) => resolve(String(data))));
    expect(answer).toMatch(/^HTTP\/1.1 413 .*"payload_too_large"/s);
    socket.destroy();
    expect(kept()).toEqual([]);
  });

  it('keeps nothing of a body that breaks off', async () => {
    const socket = await begin(api, 'POST /tasks/uploads', { ...OCTETS, 'Content-Length': 300_000 });
    socket.write(BYTES.subarray(0, 100_000));
    while (kept().length === 0) await new Promise(setImmediate);
    socket.destroy();
    while (kept().length > 0) await new Promise(setImmediate);
  });

  it('ends with 401 when its token is revoked meanwhile', async () => {
    const { id, token } = (await api.post('/tokens', { name: 'phone', role: 'client' })).body;
    const headers = { ...OCTETS, Authorization: `Bearer ${token}`, 'Content-Length': 300_000 };
    const socket = await begin(api, 'POST /tasks/uploads', headers);
    const answer = new Promise((resolve) => socket.once('data', (data) => resolve(String(data))));
    socket.write(BYTES.subarray(0, 100_000));
    while (kept().length === 0) await new Promise(setImmediate);
    await api.call('DELETE', `/tokens/${id}`);
    expect(await answer).toMatch(/^HTTP\/1.1 401 /);
    socket.destroy();
    expect(kept()).toEqual([]);
  });

  it('is the only route beside the pieces of artifacts that takes bytes', async () => {
    expect(await api.call('POST', '/tasks', { raw: BYTES, headers: OCTETS })).toMatchObject({ status: 415 });
  });
});

describe('a file-write of an upload', () => {
  const write = (body: object, path = '/files/write') => api.post(path, { path: '~/x', ...body });

  it('is handed out with its id, and its worker reads the bytes', async () => {
    const upload = await uploaded();
    const { taskId } = (await write({ upload, mode: '600' })).body;
    const handed = (await api.get('/worker/poll?wait=0')).body;
    expect(handed).toEqual({
      id: taskId,
      type: 'file-write',
      path: '~/x',
      upload,
      mode: '600',
      attempt: 1,
      timeout: 30_000,
    });
    expect((await api.get(`/tasks/${taskId}`)).body).toMatchObject({ upload, mode: '600' });
    const { items } = (await api.get(`/audit?action=task.submitted&taskId=${taskId}`)).body;
    expect(items).toMatchObject([{ detail: { upload, content: { bytes: 300_000, sha256: HASH } } }]);
    const path = `/worker/tasks/${taskId}/upload?attempt=1`;
    const whole = await download(path);
    expect(whole.headers).toMatchObject({ etag: `"${HASH}"`, 'content-length': '300000', 'accept-ranges': 'bytes' });
    expect(whole.bytes.equals(BYTES)).toBe(true);
    const rest = await download(path, { Range: 'bytes=200000-', 'If-Range': `"${HASH}"` });
    expect(rest).toMatchObject({ status: 206, headers: { 'content-range': 'bytes 200000-299999/300000' } });
    expect(rest.bytes.equals(BYTES.subarray(200_000))).toBe(true);
  });

  it('shows its bytes to the worker that holds it, and while it does', async () => {
    const { taskId } = (await write({ upload: await uploaded() })).body;
    const code = async (query: string, name: string) =>
      (await api.get(`/worker/tasks/${taskId}/upload${query}`, { headers: { 'X-Worker-Name': name } })).body.code;
    expect(await code('?attempt=1', 'mac')).toBe('stale_attempt');
    await api.get('/worker/poll?wait=0', { headers: { 'X-Worker-Name': 'mac' } });
    expect(await code('?attempt=2', 'mac')).toBe('stale_attempt');
    expect(await code('?attempt=1', 'pi')).toBe('not_claimant');
    expect(await code('', 'mac')).toBe('validation_failed');
    expect(await code('?attempt=1', 'mac')).toBeUndefined();
    await api.post('/worker/result', { taskId, attempt: 1, exitCode: 0 });
    expect(await code('?attempt=1', 'mac')).toBe('stale_attempt');
    expect((await api.get(`/worker/tasks/${UNKNOWN}/upload?attempt=1`)).body.code).toBe('task_not_found');
    const plain = (await api.post('/tasks', { command: 'true' })).body.taskId;
    await api.get('/worker/poll?wait=0');
    expect((await api.get(`/worker/tasks/${plain}/upload?attempt=1`)).body.code).toBe('upload_not_found');
  });

  it.each([
    ['neither', {}, 'content'],
    ['both', { content: 'x', upload: UNKNOWN }, 'upload'],
    ['an upload in an encoding', { upload: UNKNOWN, encoding: 'base64' }, 'encoding'],
    ['an upload that is no UUID', { upload: '../x' }, 'upload'],
  ])('is refused with %s', async (_, body, field) => {
    for (const path of ['/files/write', '/tasks']) {
      const sent = path === '/tasks' ? { ...body, type: 'file-write' } : body;
      const { status, body: problem } = await write(sent, path);
      expect({ status, field: problem.errors?.[0].field }).toEqual({ status: 400, field });
    }
  });

  it('is refused with an upload that there is not, and nothing beside it is stored', async () => {
    expect(await write({ upload: UNKNOWN })).toMatchObject({ status: 404, body: { code: 'upload_not_found' } });
    const tasks = [{ command: 'true' }, { type: 'file-write', path: '/x', upload: UNKNOWN }];
    expect(await api.post('/tasks/batch', { tasks })).toMatchObject({ status: 404 });
    expect((await api.get('/tasks')).body.items).toEqual([]);
  });

  it('is no task for a schedule, which outlives every upload', async () => {
    const task = { type: 'file-write', path: '/x', upload: await uploaded() };
    const { status, body } = await api.post('/schedules', { name: 'x', cron: '@daily', timezone: 'UTC', task });
    expect({ status, field: body.errors?.[0].field }).toEqual({ status: 400, field: 'task.upload' });
  });

  it('keeps its upload, and so does the task that does it once more', async () => {
    const upload = await uploaded();
    const { taskId } = (await write({ upload: upload.toUpperCase() })).body;
    await api.post(`/tasks/${taskId}/cancel`);
    const again = (await api.post(`/tasks/${taskId}/retry`)).body.taskId;
    await api.call('DELETE', `/tasks/${taskId}`);
    const { removeExpiredUploads } = api.storage.files;
    const later = { wall: Date.now() + 2 * DAY, monotonic: 0 };
    expect(await removeExpiredUploads.call(api.storage.files, later, 10)).toBe(0);
    await api.get('/worker/poll?wait=0');
    expect((await download(`/worker/tasks/${again}/upload?attempt=1`)).bytes.equals(BYTES)).toBe(true);
    await api.post('/worker/result', { taskId: again, attempt: 1, exitCode: 0 });
    await api.call('DELETE', `/tasks/${again}`);
    expect(await removeExpiredUploads.call(api.storage.files, later, 10)).toBe(1);
    await api.app.get(BlobSweep).removeFiles();
    expect(kept()).toEqual([]);
  });

  it('says so when its bytes are gone', async () => {
    const upload = await uploaded();
    const { taskId } = (await write({ upload })).body;
    await api.get('/worker/poll?wait=0');
    rmSync(api.app.get(BlobFolder).pathOf(upload));
    const { status, body } = await api.get(`/worker/tasks/${taskId}/upload?attempt=1`);
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'upload_not_found' });
  });
});
