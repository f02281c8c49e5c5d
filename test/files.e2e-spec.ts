import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../apps/worker/src/testing/processes.js';
import { Installation, TOKEN } from './programs.js';

let here: Installation;
beforeEach(async () => {
  here = new Installation();
  await here.startApi();
});
afterEach(() => here.end());

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const bytesAt = async (path: string) =>
  Buffer.from(await (await fetch(here.url + path, { headers: { Authorization: `Bearer ${TOKEN}` } })).arrayBuffer());

describe('the files that a task leaves', () => {
  it('are there when its record is final, byte for byte, the screenshot that it names among them', async () => {
    await here.startWorker();
    const bytes = randomBytes(20_000_000);
    writeFileSync(join(here.home, 'source'), bytes);
    const command = `mkdir out; cp source 'out/a b.pdf'; cp source out/c.pdf; echo png > shot.png; echo "SCREENSHOT: $PWD/shot.png"`;
    const record = await here.run('/tasks', { command, artifacts: ['~/out/*.pdf', 'missing.txt'] });
    expect(record).toMatchObject({ status: 'completed', artifacts: ['~/out/*.pdf', 'missing.txt'] });
    expect(record.metadata.artifactProblems).toEqual([
      { path: expect.stringContaining('missing.txt'), problem: expect.any(String) },
    ]);
    const { items } = await here.call('GET', `/tasks/${record.taskId}/artifacts`);
    const listed = items.map(({ name, size, sha256: hash }: Record<string, unknown>) => [name, size, hash]);
    expect(listed.sort()).toEqual([
      ['a b.pdf', bytes.length, sha256(bytes)],
      ['c.pdf', bytes.length, sha256(bytes)],
      ['shot.png', 4, sha256(Buffer.from('png\n'))],
    ]);
    expect(sha256(await bytesAt(`/tasks/${record.taskId}/artifacts/a%20b.pdf`))).toBe(sha256(bytes));
  });

  it('arrive though the worker is killed while it sends them, and go with their task', async () => {
    const worker = await here.startWorker();
    writeFileSync(join(here.home, 'big'), randomBytes(60_000_000));
    const { taskId } = await here.call('POST', '/tasks', { command: 'true', artifacts: ['big'] });
    const blobs = join(here.folder, 'data', 'openclaw.db.blobs');
    await until(() => readdirSync(join(here.folder, 'spool', 'spool')).some((name) => name.endsWith('.json')));
    await worker.end('SIGKILL');
    await here.startWorker();
    expect(await here.call('GET', `/tasks/${taskId}?wait=60000`)).toMatchObject({ status: 'completed', attempt: 1 });
    const { items } = await here.call('GET', `/tasks/${taskId}/artifacts`);
    expect(items).toMatchObject([{ name: 'big', size: 60_000_000 }]);
    await fetch(`${here.url}/tasks/${taskId}`, { method: 'DELETE', headers: { Authorization: `Bearer ${TOKEN}` } });
    const files = () => readdirSync(blobs, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    await until(() => files().length === 0);
  });
});

describe('a file that is sent ahead', () => {
  it('is written by the task that names it, as it was', async () => {
    await here.startWorker();
    const bytes = randomBytes(30_000_000);
    const response = await fetch(`${here.url}/tasks/uploads`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/octet-stream' },
      body: bytes,
    });
    const upload = (await response.json()) as { upload: string };
    expect(upload).toMatchObject({ size: bytes.length, sha256: sha256(bytes) });
    const record = await here.run('/files/write', { path: '~/in/copy', upload: upload.upload, mode: '600' });
    expect(record).toMatchObject({ status: 'completed', metadata: { size: bytes.length, sha256: sha256(bytes) } });
    expect(sha256(readFileSync(join(here.home, 'in', 'copy')))).toBe(sha256(bytes));
  });
});
