import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LIMITS } from '#contracts';
import { FakeApiServer, type PieceCall } from '../../test/fake-api-server.js';
import { makeFolder, removeFolder, sha256 } from '../executors/testing/file-sandbox.js';
import { ArtifactApi } from '../server/artifact-api.js';
import { closeClients, httpClient } from '../testing/http-clients.js';
import { ManualPacing } from '../testing/manual-pacing.js';
import { memoryLog } from '../testing/memory-log.js';
import { ArtifactUpload } from './artifact-upload.js';

const REF = { taskId: 't', attempt: 2 };
const PIECE = LIMITS.artifacts.pieceBytes;

let server: FakeApiServer;
let folder: string;
let pacing: ManualPacing;
let contact: { reached: boolean };
let log: ReturnType<typeof memoryLog>;
let upload: ArtifactUpload;
let abandon: AbortController;

beforeEach(async () => {
  server = await FakeApiServer.start();
  folder = makeFolder();
  pacing = new ManualPacing(1);
  contact = { reached: true };
  log = memoryLog();
  upload = new ArtifactUpload(new ArtifactApi(httpClient({ url: server.url })), contact, pacing, log.logger);
  abandon = new AbortController();
});

afterEach(async () => {
  abandon.abort();
  await closeClients();
  await server.close();
  removeFolder(folder);
});

function file(name: string, content: string | Buffer) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return { path, name };
}

const bring = (...files: { path: string; name: string }[]) => upload.bring(REF, files, abandon.signal);

async function piece(range: string): Promise<PieceCall> {
  const call = await server.pieces.next();
  expect(call.range).toBe(range);
  return call;
}

describe('ArtifactUpload', () => {
  it('announces a file and sends it in pieces', async () => {
    const content = Buffer.alloc(PIECE + 3, 'ab\n');
    const shot = file('shot.png', content);
    const done = bring(shot);
    const announcement = await server.announcements.next();
    const type = { contentType: 'image/png' };
    expect(announcement.body).toEqual({ ...REF, ...shot, size: content.length, sha256: sha256(content), ...type });
    announcement.place('id-1');
    const first = await piece(`bytes 0-${PIECE - 1}/${PIECE + 3}`);
    expect(first.artifactId).toBe('id-1');
    expect(first.body.equals(content.subarray(0, PIECE))).toBe(true);
    first.take();
    const second = await piece(`bytes ${PIECE}-${PIECE + 2}/${PIECE + 3}`);
    expect(second.body.equals(content.subarray(PIECE))).toBe(true);
    second.take();
    expect(await done).toEqual([]);
  });

  it('sends nothing of what is there already, an empty file included', async () => {
    const done = bring(file('a', 'abc'), file('b', ''));
    (await server.announcements.next()).place('id-1', 3, true);
    (await server.announcements.next()).place('id-2', 0, true);
    expect(await done).toEqual([]);
    expect(server.pieces.size).toBe(0);
  });

  it('goes on from where an earlier try has come to', async () => {
    const done = bring(file('a', 'abcdef'));
    (await server.announcements.next()).place('id-1', 4);
    const rest = await piece('bytes 4-5/6');
    expect(rest.body.toString()).toBe('ef');
    rest.take();
    expect(await done).toEqual([]);
  });

  it('goes on from where the server has come to after a break', async () => {
    const done = bring(file('a', 'abcdef'));
    (await server.announcements.next()).place('id-1');
    (await piece('bytes 0-5/6')).hangUp();
    (await pacing.sleeps.next()).pass();
    (await piece('bytes 0-5/6')).refuse(409, 'artifact_offset', 'not there', { offset: 2 });
    const rest = await piece('bytes 2-5/6');
    expect(rest.body.toString()).toBe('cdef');
    rest.take();
    expect(await done).toEqual([]);
  });

  it('begins anew, once, when the file has changed meanwhile', async () => {
    const { path } = file('a', 'old');
    const done = bring({ path, name: 'a' });
    (await server.announcements.next()).place('id-1');
    const old = await piece('bytes 0-2/3');
    writeFileSync(path, 'newer');
    old.refuse(422, 'checksum_mismatch');
    const again = await server.announcements.next();
    expect(again.body).toMatchObject({ size: 5, sha256: sha256('newer') });
    again.place('id-2');
    (await piece('bytes 0-4/5')).refuse(422, 'checksum_mismatch', 'other bytes');
    expect(await done).toEqual([
      { path, problem: expect.stringContaining('changed while it was uploaded (HTTP 422: other bytes)') },
    ]);
  });

  it('begins anew when the file has become shorter', async () => {
    const { path } = file('a', Buffer.alloc(PIECE + 10));
    const done = bring({ path, name: 'a' });
    (await server.announcements.next()).place('id-1');
    const first = await piece(`bytes 0-${PIECE - 1}/${PIECE + 10}`);
    writeFileSync(path, 'short');
    first.take();
    const again = await server.announcements.next();
    expect(again.body).toMatchObject({ size: 5 });
    again.place('id-2', 5, true);
    expect(await done).toEqual([]);
  });

  it('tells of a file that is gone, and brings the others', async () => {
    const gone = file('gone', 'x');
    rmSync(gone.path);
    const done = bring(gone, file('there', 'y'));
    const next = await server.announcements.next();
    expect(next.body.name).toBe('there');
    next.place('id', 1, true);
    expect(await done).toEqual([{ path: gone.path, problem: expect.stringContaining('there is no such file') }]);
  });

  it('tells of a file that the server refuses', async () => {
    const { path, name } = file('a', 'x');
    const done = bring({ path, name });
    (await server.announcements.next()).refuse(400, 'validation_failed', 'name: too odd');
    expect(await done).toEqual([{ path, problem: `the server does not take "${path}": HTTP 400: name: too odd` }]);
  });

  it.each(['task_not_found', 'stale_attempt', 'not_claimant'])('gives up in silence on %s', async (code) => {
    const done = bring(file('a', 'x'), file('b', 'y'));
    (await server.announcements.next()).refuse(code === 'task_not_found' ? 404 : 409, code);
    expect(await done).toEqual([]);
    expect(server.announcements.size).toBe(0);
    expect(log.messages('info')).toEqual([expect.stringContaining('files not wanted')]);
  });

  it('gives up a file that a server takes nothing of for ten minutes, but not in an outage', async () => {
    const { path, name } = file('a', 'x');
    const done = bring({ path, name });
    for (const reached of [true, false, true]) {
      (await server.announcements.next()).refuse(507, 'storage_full', 'no room');
      const pause = await pacing.sleeps.next();
      contact.reached = reached;
      pacing.advance(reached ? 300_000 : 900_000);
      pause.pass();
    }
    (await server.announcements.next()).refuse(507, 'storage_full', 'no room');
    const pause = await pacing.sleeps.next();
    pacing.advance(300_000);
    pause.pass();
    (await server.announcements.next()).refuse(507, 'storage_full', 'no room');
    expect(await done).toEqual([
      { path, problem: `"${path}" could not be uploaded: HTTP 507: no room; run the task again` },
    ]);
  });

  it('ends soon after it was told to', async () => {
    const done = bring(file('a', 'x'));
    const call = await server.announcements.next();
    abandon.abort();
    expect(await done).toEqual([]);
    expect(await call.ended).toBe('given up');
  });

  it('uploads for a few attempts at a time', async () => {
    const all = Array.from({ length: 6 }, (_, index) => bring(file(`f${index}`, 'x')));
    const begun = await Promise.all([1, 2, 3, 4].map(() => server.announcements.next()));
    expect(server.announcements.size).toBe(0);
    for (const call of begun) call.place('id', 1, true);
    for (const _rest of [5, 6]) (await server.announcements.next()).place('id', 1, true);
    expect(await Promise.all(all)).toEqual(all.map(() => []));
  });
});
