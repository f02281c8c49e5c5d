import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BlobSweep } from '../src/files/blob-sweep.js';
import { BlobFolder } from '../src/storage/blob-folder.js';
import { type ApiServer, startApi } from './api-server.js';
import { fileCalls, sha256 } from './file-calls.js';

const UUID = /^[0-9a-f-]{36}$/;
const UNKNOWN = '0190b3c0-0000-7000-8000-000000000000';
/** More than one read of a socket carries. */
const BYTES = randomBytes(300_000);

let folder: string;
let api: ApiServer;
const start = () => startApi({ DATABASE_URL: `file:${join(folder, 'api.db')}` });
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'artifacts-'));
  api = await start();
});
afterEach(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
});

const { announce, put, claimed, report, store, beginPiece, download } = fileCalls(() => api);
const blobPath = (id: string) => api.app.get(BlobFolder).pathOf(id);

describe('a file that a task leaves', () => {
  it('comes in pieces, is listed and recorded when it is whole, and read as it was', async () => {
    const taskId = await claimed({ artifacts: ['/tmp/*.png'] });
    const { body: begun } = await announce(taskId, BYTES);
    expect(begun).toEqual({ artifactId: expect.stringMatching(UUID), offset: 0, complete: false });
    const id = begun.artifactId;
    expect((await put(id, BYTES, 0, 200_000)).body).toEqual({ artifactId: id, offset: 200_000, complete: false });
    expect((await api.get(`/tasks/${taskId}/artifacts`)).body).toEqual({ items: [], nextCursor: null });
    expect((await put(id, BYTES, 200_000)).body).toEqual({ artifactId: id, offset: 300_000, complete: true });
    expect((await api.get(`/tasks/${taskId}/artifacts`)).body.items).toEqual([
      {
        name: 'shot.png',
        path: '/tmp/shot.png',
        size: 300_000,
        sha256: sha256(BYTES),
        contentType: 'image/png',
        attempt: 1,
        storedAt: expect.any(Number),
      },
    ]);
    const { status, headers, bytes } = await download(`/tasks/${taskId}/artifacts/shot.png`);
    expect(status).toBe(200);
    expect(bytes.equals(BYTES)).toBe(true);
    expect(headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': '300000',
      'content-disposition': 'attachment; filename=shot.png',
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
      etag: `"${sha256(BYTES)}"`,
    });
    const { body: audit } = await api.get(`/audit?action=artifact.stored&taskId=${taskId}`);
    const detail = { attempt: 1, name: 'shot.png', path: '/tmp/shot.png', size: 300_000, sha256: sha256(BYTES) };
    expect(audit.items).toMatchObject([{ outcome: 'success', detail }]);
  });

  it('is asked for in the task, which says so to its worker and in its record', async () => {
    const artifacts = ['/tmp/shot.png', '~/out/*.pdf'];
    const { taskId } = (await api.post('/tasks', { command: 'true', artifacts })).body;
    expect((await api.get('/worker/poll?wait=0')).body).toMatchObject({ id: taskId, artifacts });
    expect((await api.get(`/tasks/${taskId}`)).body).toMatchObject({ artifacts });
    const { items } = (await api.get(`/audit?action=task.submitted&taskId=${taskId}`)).body;
    expect(items).toMatchObject([{ detail: { artifacts } }]);
    expect((await api.post('/claude', { prompt: 'x', artifacts })).status).toBe(200);
    for (const wrong of [['a\0b'], [''], ['x'.repeat(4097)], Array(65).fill('x'), 'x']) {
      const { status, body } = await api.post('/tasks', { command: 'true', artifacts: wrong });
      expect({ status, field: body.errors?.[0].field }).toEqual({ status: 400, field: 'artifacts' });
    }
  });

  it('goes on where its body was cut off, also after a restart of the server', async () => {
    const taskId = await claimed();
    const { artifactId } = (await announce(taskId, BYTES)).body;
    const socket = await beginPiece(artifactId, BYTES, 100_000);
    socket.destroy();
    expect((await announce(taskId, BYTES)).body).toEqual({ artifactId, offset: 100_000, complete: false });
    expect((await put(artifactId, BYTES, 100_000, 200_000)).body.offset).toBe(200_000);
    await api.close();
    api = await start();
    expect((await announce(taskId, BYTES)).body).toEqual({ artifactId, offset: 200_000, complete: false });
    expect((await put(artifactId, BYTES, 200_000)).body.complete).toBe(true);
    expect((await download(`/tasks/${taskId}/artifacts/shot.png`)).bytes.equals(BYTES)).toBe(true);
  });

  it('is complete at its announcement when the server ended before it had taken note of the last byte', async () => {
    const taskId = await claimed();
    const { artifactId } = (await announce(taskId, BYTES)).body;
    const { complete } = api.storage.files;
    api.storage.files.complete = () => Promise.reject(new Error('ended'));
    expect((await put(artifactId, BYTES)).status).toBe(500);
    api.storage.files.complete = complete;
    expect((await announce(taskId, BYTES)).body).toEqual({ artifactId, offset: 300_000, complete: true });
    expect((await download(`/tasks/${taskId}/artifacts/shot.png`)).bytes.equals(BYTES)).toBe(true);
  });

  it('needs no piece when it is empty', async () => {
    const taskId = await claimed();
    expect((await announce(taskId, '')).body).toMatchObject({ offset: 0, complete: true });
    expect(await download(`/tasks/${taskId}/artifacts/shot.png`)).toMatchObject({
      status: 200,
      bytes: Buffer.alloc(0),
      headers: { 'content-length': '0' },
    });
    expect((await announce(taskId, '', { name: 'other', sha256: sha256('x') })).status).toBe(422);
  });

  it('is refused from another place than where it stands, and told where that is', async () => {
    const taskId = await claimed();
    const { artifactId } = (await announce(taskId, BYTES)).body;
    await put(artifactId, BYTES, 0, 1000);
    for (const from of [0, 999, 1001]) {
      const { status, body } = await put(artifactId, BYTES, from, 2000);
      expect({ status, code: body.code, offset: body.offset }).toEqual({
        status: 409,
        code: 'artifact_offset',
        offset: 1000,
      });
    }
    expect((await put(artifactId, BYTES, 1000)).body.complete).toBe(true);
    // The answer may have been lost: the last piece once more changes nothing.
    expect((await put(artifactId, BYTES, 1000)).body).toEqual({ artifactId, offset: 300_000, complete: true });
  });

  it.each([
    ['none', undefined],
    ['another unit', 'items 0-9/300000'],
    ['no end', 'bytes 0-/300000'],
    ['an end before its start', 'bytes 9-0/300000'],
    ['an end beyond the file', 'bytes 0-300000/300000'],
    ['another size', 'bytes 0-9/10'],
    ['fewer bytes than it says', 'bytes 0-19/300000'],
  ])('is refused under a Content-Range of %s', async (_, range) => {
    const { artifactId } = (await announce(await claimed(), BYTES)).body;
    const { status, body } = await api.call('PUT', `/worker/artifacts/${artifactId}`, {
      raw: BYTES.subarray(0, 10),
      headers: { 'Content-Type': 'application/octet-stream', ...(range ? { 'Content-Range': range } : {}) },
    });
    expect({ status, field: body.errors?.[0].field }).toEqual({ status: 400, field: 'Content-Range' });
  });

  it('begins anew when its bytes are not those that were announced', async () => {
    const taskId = await claimed();
    const { artifactId } = (await announce(taskId, BYTES)).body;
    const others = Buffer.from(BYTES);
    others[150_000] = (others[150_000] ?? 0) ^ 1;
    await put(artifactId, others, 0, 200_000);
    expect(await put(artifactId, others, 200_000)).toMatchObject({ status: 422, body: { code: 'checksum_mismatch' } });
    expect((await announce(taskId, BYTES)).body).toEqual({ artifactId, offset: 0, complete: false });
    expect((await put(artifactId, BYTES)).body.complete).toBe(true);
  });

  it('makes room for another of its name until it is complete, and not then', async () => {
    const taskId = await claimed();
    const first = (await announce(taskId, BYTES)).body.artifactId;
    await put(first, BYTES, 0, 1000);
    const other = Buffer.from('other');
    const second = await announce(taskId, other);
    expect(second.body).toMatchObject({ offset: 0, complete: false });
    expect(second.body.artifactId).not.toBe(first);
    expect(await put(first, BYTES, 1000)).toMatchObject({ status: 404, body: { code: 'artifact_not_found' } });
    await put(second.body.artifactId, other);
    expect(await announce(taskId, BYTES)).toMatchObject({ status: 409, body: { code: 'artifact_exists' } });
    expect((await announce(taskId, other)).body).toMatchObject({ complete: true, offset: 5 });
  });

  it('is written by one call at a time: a newer one takes over from one that hangs', async () => {
    const taskId = await claimed();
    const { artifactId } = (await announce(taskId, BYTES)).body;
    const hanging = await beginPiece(artifactId, BYTES, 100_000);
    const answered = once(hanging, 'data');
    const refused = await put(artifactId, BYTES);
    expect(refused.body).toMatchObject({ code: 'artifact_offset', offset: 100_000 });
    expect(String((await answered)[0])).toMatch(/^HTTP\/1.1 409 .*"offset":100000/s);
    // What the first still sends is not added to what the second has taken over.
    hanging.write(BYTES.subarray(100_000, 200_000));
    expect((await put(artifactId, BYTES, 100_000)).body.complete).toBe(true);
    hanging.destroy();
    expect((await download(`/tasks/${taskId}/artifacts/shot.png`)).bytes.equals(BYTES)).toBe(true);
  });

  it('is whole when many send it at the same time', async () => {
    const taskId = await claimed();
    const { artifactId } = (await announce(taskId, BYTES)).body;
    const answers = await Promise.all(Array.from({ length: 8 }, () => put(artifactId, BYTES)));
    expect(answers.map(({ status }) => status).filter((status) => status !== 200 && status !== 409)).toEqual([]);
    const { offset } = (await announce(taskId, BYTES)).body;
    if (offset < BYTES.length) await put(artifactId, BYTES, offset);
    expect((await download(`/tasks/${taskId}/artifacts/shot.png`)).bytes.equals(BYTES)).toBe(true);
    expect((await api.get(`/audit?action=artifact.stored`)).body.items).toHaveLength(1);
  });
});

describe('who may send a file', () => {
  const named = (name: string) => ({ 'X-Worker-Name': name });

  it('is the worker that holds the attempt, under its name and its token', async () => {
    const taskId = await claimed({}, named('mac'));
    const stranger = await announce(taskId, BYTES, {}, named('pi'));
    expect(stranger).toMatchObject({ status: 409, body: { code: 'not_claimant' } });
    const { artifactId } = (await announce(taskId, BYTES, {}, named('mac'))).body;
    const { token } = (await api.post('/tokens', { name: 'other', role: 'worker' })).body;
    const headers = { Authorization: `Bearer ${token}` };
    for (const wrong of [named('pi'), headers]) {
      expect((await put(artifactId, BYTES, 0, 300_000, wrong)).body.code).toBe('not_claimant');
    }
    expect((await put(artifactId, BYTES)).body.complete).toBe(true);
  });

  it('may do so after its report, since a large file takes its time', async () => {
    const taskId = await claimed();
    const { artifactId } = (await announce(taskId, BYTES)).body;
    await put(artifactId, BYTES, 0, 1000);
    await report(taskId);
    expect((await put(artifactId, BYTES, 1000)).body.complete).toBe(true);
    expect((await announce(taskId, 'late', { name: 'late.txt' })).status).toBe(200);
  });

  it('may not when another attempt has begun, or the task was ended without it', async () => {
    const retried = await claimed({ maxAttempts: 2, retryDelay: 0 });
    const { artifactId } = (await announce(retried, BYTES)).body;
    await report(retried, { exitCode: 1 });
    expect((await put(artifactId, BYTES, 0, 1000)).status).toBe(200);
    while ((await api.get('/worker/poll?wait=1000')).body === null);
    expect((await put(artifactId, BYTES, 1000)).body.code).toBe('stale_attempt');
    expect((await announce(retried, BYTES)).body.code).toBe('stale_attempt');
    expect((await announce(retried, BYTES, { attempt: 2 })).status).toBe(200);
    const cancelled = await claimed();
    await api.post(`/tasks/${cancelled}/cancel`);
    expect((await announce(cancelled, BYTES)).body.code).toBe('stale_attempt');
    const waiting = (await api.post('/tasks', { command: 'true' })).body.taskId;
    expect((await announce(waiting, BYTES)).body.code).toBe('stale_attempt');
    expect(await announce(UNKNOWN, BYTES)).toMatchObject({ status: 404, body: { code: 'task_not_found' } });
    expect(await put(UNKNOWN, BYTES)).toMatchObject({ status: 404, body: { code: 'artifact_not_found' } });
  });

  it('may leave a hundred', async () => {
    const taskId = await claimed();
    for (let n = 0; n < 100; n++) await announce(taskId, BYTES, { name: `${n}` });
    const { status, body } = await announce(taskId, BYTES, { name: '100' });
    expect({ status, field: body.errors[0].field }).toEqual({ status: 400, field: 'name' });
    expect((await announce(taskId, BYTES, { name: '99' })).status).toBe(200);
  });
});

describe('the name of a file', () => {
  it.each(['', '.', '..', 'a/b', '../etc/passwd', 'a\0b', 'a\nb', 'a\r\nX-Evil: 1', 'a\u0085b', 'é'.repeat(128)])(
    'is not %j',
    async (name) => {
      const { status, body } = await announce(await claimed(), 'x', { name });
      expect({ status, field: body.errors?.[0].field }).toEqual({ status: 400, field: 'name' });
    },
  );

  it.each([
    ['a "quoted" name.txt', String.raw`attachment; filename="a \"quoted\" name.txt"`],
    [
      'naïve — 日本.pdf',
      'attachment; filename="na?ve ? ??.pdf"; filename*=UTF-8\'\'na%C3%AFve%20%E2%80%94%20%E6%97%A5%E6%9C%AC.pdf',
    ],
    ['100%.txt', 'attachment; filename=100%.txt'],
    ['.profile', 'attachment; filename=.profile'],
    ['back\\slash;x=y.html', String.raw`attachment; filename="back\\slash;x=y.html"`],
  ])('may be %s, and is told so that no browser misreads it', async (name, disposition) => {
    const taskId = await claimed();
    await store(taskId, Buffer.from('<script>'), { name, contentType: 'text/html; charset=utf-8' });
    const { status, headers } = await download(`/tasks/${taskId}/artifacts/${encodeURIComponent(name)}`);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-disposition': disposition,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': 'sandbox',
    });
  });

  it('is looked up as it is', async () => {
    const taskId = await claimed();
    await store(taskId, Buffer.from('x'), { name: 'x' });
    for (const path of ['y', '..%2Fx', 'x%00', 'X']) {
      expect(await api.get(`/tasks/${taskId}/artifacts/${path}`)).toMatchObject({ status: 404 });
    }
    expect((await api.get(`/tasks/${UNKNOWN}/artifacts/x`)).body.code).toBe('task_not_found');
    expect((await api.get(`/tasks/${UNKNOWN}/artifacts`)).body.code).toBe('task_not_found');
  });

  it('stands for the newest attempt that has left one', async () => {
    const taskId = await claimed({ maxAttempts: 2, retryDelay: 0 });
    await store(taskId, Buffer.from('first'), { name: 'a' });
    await store(taskId, Buffer.from('only'), { name: 'b' });
    await report(taskId, { exitCode: 1 });
    while ((await api.get('/worker/poll?wait=1000')).body === null);
    await store(taskId, Buffer.from('second'), { name: 'a', attempt: 2 });
    const { items } = (await api.get(`/tasks/${taskId}/artifacts`)).body;
    expect(items).toMatchObject([
      { name: 'a', attempt: 2 },
      { name: 'b', attempt: 1 },
    ]);
    expect(String((await download(`/tasks/${taskId}/artifacts/a`)).bytes)).toBe('second');
  });

  it.each(['text/html\r\nX-Evil: 1', 'html', 'text/', '"'])(
    'comes with no media type such as %j',
    async (contentType) => {
      const { status, body } = await announce(await claimed(), 'x', { contentType });
      expect({ status, field: body.errors?.[0].field }).toEqual({ status: 400, field: 'contentType' });
    },
  );
});

describe('a file that is kept', () => {
  it('goes with its task', async () => {
    const taskId = await claimed();
    const { artifactId } = await store(taskId, BYTES);
    expect(existsSync(blobPath(artifactId))).toBe(true);
    await report(taskId);
    await api.call('DELETE', `/tasks/${taskId}`);
    await api.app.get(BlobSweep).removeFiles();
    expect(existsSync(blobPath(artifactId))).toBe(false);
    expect(await api.storage.files.removedBlobs(10)).toEqual([]);
  });

  it('is told of as gone when its bytes are, as after a restore', async () => {
    const taskId = await claimed();
    const { artifactId } = await store(taskId, BYTES);
    rmSync(blobPath(artifactId));
    const { status, body } = await api.get(`/tasks/${taskId}/artifacts/shot.png`);
    expect({ status, code: body.code, detail: body.detail }).toEqual({
      status: 404,
      code: 'artifact_not_found',
      detail: expect.stringContaining('the file is gone'),
    });
  });

  it('outlives a restart, which removes what belongs to nothing', async () => {
    const taskId = await claimed();
    await store(taskId, BYTES);
    await api.close();
    api = await start();
    await api.app.get(BlobSweep).removeOrphans();
    expect((await download(`/tasks/${taskId}/artifacts/shot.png`)).bytes.equals(BYTES)).toBe(true);
  });
});
