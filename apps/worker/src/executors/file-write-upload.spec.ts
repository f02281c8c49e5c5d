import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FileWriteInput } from '#contracts';
import { FakeApiServer } from '../../test/fake-api-server.js';
import { PathLock } from '../files/path-lock.js';
import { UploadApi } from '../server/upload-api.js';
import { closeClients, httpClient } from '../testing/http-clients.js';
import { ManualPacing } from '../testing/manual-pacing.js';
import { EndEarly, type Outcome } from './executor.js';
import { FileWriteExecutor } from './file-write.js';
import { contextOf, makeFolder, removeFolder, sha256 } from './testing/file-sandbox.js';

const UPLOAD = '0192f3a4-0000-7000-8000-000000000001';
const CONTENT = Buffer.from('grüße\n'.repeat(50_000));

let server: FakeApiServer;
let home: string;
let pacing: ManualPacing;
let ending: AbortController;

beforeEach(async () => {
  server = await FakeApiServer.start();
  home = makeFolder();
  pacing = new ManualPacing(1);
  ending = new AbortController();
});

afterEach(async () => {
  await closeClients();
  await server.close();
  removeFolder(home);
});

const at = (name: string) => join(home, name);

function write(input: Omit<FileWriteInput, 'upload'>): Promise<Outcome> {
  const uploads = new UploadApi(httpClient({ url: server.url }), pacing);
  return new FileWriteExecutor(new PathLock(), uploads, home).execute(
    { id: 'task', type: 'file-write', attempt: 3, timeout: 1000, upload: UPLOAD, ...input },
    contextOf(ending.signal),
  );
}

/** What is in the home folder; `file` is the target of all tests. */
const names = () => readdirSync(home);

describe('a file-write task with an upload', () => {
  it('writes what the client has uploaded, and tells its size and hash', async () => {
    const done = write({ path: 'file', mode: '600' });
    const call = await server.downloads.next();
    expect(call.request.url).toBe('/worker/tasks/task/upload?attempt=3');
    expect(call.request.headers).toMatchObject({ 'x-worker-name': 'mac' });
    expect(call.request.headers.range).toBeUndefined();
    call.give(CONTENT);
    expect(await done).toMatchObject({
      status: 'completed',
      metadata: { size: CONTENT.length, sha256: sha256(CONTENT), path: at('file') },
    });
    expect(readFileSync(at('file')).equals(CONTENT)).toBe(true);
    expect(names()).toEqual(['file']);
  });

  it('writes an empty one', async () => {
    const done = write({ path: 'file' });
    (await server.downloads.next()).give(Buffer.alloc(0));
    expect(await done).toMatchObject({ status: 'completed', metadata: { size: 0 } });
    expect(readFileSync(at('file'))).toHaveLength(0);
  });

  it('goes on after a break from where it has come to', async () => {
    const done = write({ path: 'file' });
    (await server.downloads.next()).give(CONTENT, { cutAfter: 100_000 });
    (await pacing.sleeps.next()).pass();
    const rest = await server.downloads.next();
    expect(rest.request.headers.range).toMatch(/^bytes=\d+-$/);
    expect(names()).not.toContain('file');
    rest.give(CONTENT);
    expect(await done).toMatchObject({ status: 'completed' });
    expect(readFileSync(at('file')).equals(CONTENT)).toBe(true);
  });

  it('leaves out what it has when the server begins anew', async () => {
    const done = write({ path: 'file' });
    (await server.downloads.next()).give(CONTENT, { cutAfter: 100_000 });
    (await pacing.sleeps.next()).pass();
    (await server.downloads.next()).give(CONTENT, { ignoreRange: true });
    expect(await done).toMatchObject({ status: 'completed' });
    expect(readFileSync(at('file')).equals(CONTENT)).toBe(true);
  });

  it('waits for a server that is away', async () => {
    const done = write({ path: 'file' });
    (await server.downloads.next()).refuse(503, 'shutting_down');
    (await pacing.sleeps.next()).pass();
    (await server.downloads.next()).answer(404, '<html>no backend</html>');
    (await pacing.sleeps.next()).pass();
    (await server.downloads.next()).give(CONTENT);
    expect(await done).toMatchObject({ status: 'completed' });
  });

  it('fails and changes nothing when the bytes are not those that were announced', async () => {
    writeFileSync(at('file'), 'old');
    const done = write({ path: 'file' });
    (await server.downloads.next()).give(CONTENT, { etag: sha256('something else') });
    expect(await done).toMatchObject({
      status: 'failed',
      error: expect.stringContaining(`SHA-256 ${sha256(CONTENT)}, not`),
    });
    expect(readFileSync(at('file'), 'utf8')).toBe('old');
    expect(names()).toEqual(['file']);
  });

  it('fails when another file comes after a break', async () => {
    const done = write({ path: 'file' });
    (await server.downloads.next()).give(CONTENT, { cutAfter: 100_000 });
    (await pacing.sleeps.next()).pass();
    (await server.downloads.next()).give(Buffer.concat([CONTENT, CONTENT]));
    expect(await done).toMatchObject({ status: 'failed', error: expect.stringContaining('the upload changed') });
    expect(names()).toEqual([]);
  });

  it('fails when the server has no such upload', async () => {
    const done = write({ path: 'file' });
    (await server.downloads.next()).refuse(404, 'upload_not_found', 'there is no such upload');
    expect(await done).toMatchObject({
      status: 'failed',
      error: 'the server does not give the upload: HTTP 404: there is no such upload; send the file again',
    });
  });

  it('ends with its attempt, also in the middle of the bytes', async () => {
    const done = write({ path: 'file' });
    const call = await server.downloads.next();
    call.give(CONTENT, { pauseAfter: 100_000 });
    ending.abort(new EndEarly('cancelled', 'cancelled on request'));
    expect(await done).toMatchObject({ status: 'cancelled', error: 'cancelled on request' });
    expect(await call.ended).toBe('given up');
    expect(names()).toEqual([]);
  });

  it('asks for nothing when the file is not the one that is to be replaced', async () => {
    writeFileSync(at('file'), 'old');
    expect(await write({ path: 'file', ifMatch: sha256('older') })).toMatchObject({ status: 'failed' });
    expect(server.downloads.size).toBe(0);
  });
});
