import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FileReadInput } from '#contracts';
import { MAX_STDOUT_JSON_BYTES } from '../files/json-size.js';
import { PathLock } from '../files/path-lock.js';
import { EndEarly, type ExecutionContext } from './executor.js';
import { FileReadExecutor } from './file-read.js';
import { FileWriteExecutor } from './file-write.js';
import { contextOf, makeFolder, noUploads, removeFolder, sha256 } from './testing/file-sandbox.js';

const MIB = 1_048_576;
const home = makeFolder();
const at = (name: string) => join(home, name);
const read = (input: FileReadInput, context: ExecutionContext = contextOf()) =>
  new FileReadExecutor(home).execute({ id: 'a', type: 'file-read', attempt: 1, timeout: 1000, ...input }, context);

afterAll(() => removeFolder(home));

describe('a file-read task', () => {
  it('returns the text, its size and its hash', async () => {
    writeFileSync(at('text'), 'grüß dich\n');

    await expect(read({ path: at('text') })).resolves.toEqual({
      status: 'completed',
      stdout: 'grüß dich\n',
      stderr: '',
      stdoutEncoding: 'utf8',
      exitCode: 0,
      signal: null,
      error: null,
      metadata: { size: 12, sha256: sha256('grüß dich\n') },
      truncated: { stdout: false, stderr: false },
      outputBytes: { stdout: 12, stderr: 0 },
    });
  });

  it('keeps a byte order mark and puts U+FFFD in place of what is not UTF-8', async () => {
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff, 0x62]);
    writeFileSync(at('odd'), bytes);

    const outcome = await read({ path: at('odd') });

    expect(outcome.stdout).toBe('\ufeffa\ufffdb');
    expect(outcome.metadata).toEqual({ size: 6, sha256: sha256(bytes) });
    expect(outcome.outputBytes).toEqual({ stdout: 6, stderr: 0 });
  });

  it('returns as base64 whatever bytes were written as base64', async () => {
    const write = new FileWriteExecutor(new PathLock(), noUploads, home);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const content = Buffer.from(bytes).toString('base64');
        const task = { id: 'w', attempt: 1, timeout: 1000, path: 'bytes', content, encoding: 'base64' } as const;
        await write.execute({ ...task, type: 'file-write' }, contextOf());
        const outcome = await read({ path: 'bytes', encoding: 'base64' });
        expect(outcome).toMatchObject({ stdout: content, stdoutEncoding: 'base64', metadata: { size: bytes.length } });
        expect(outcome.outputBytes.stdout).toBe(bytes.length);
      }),
      { numRuns: 40 },
    );
  });

  it.each(['~/deep/text', 'deep/text', './deep/../deep/text'])('finds %s in the home folder', async (path) => {
    mkdirSync(at('deep'), { recursive: true });
    writeFileSync(at('deep/text'), 'home');

    await expect(read({ path })).resolves.toMatchObject({ status: 'completed', stdout: 'home' });
  });

  it('takes `..` behind a symbolic link to be above what the link leads to', async () => {
    mkdirSync(at('one/two'), { recursive: true });
    writeFileSync(at('one/text'), 'above');
    symlinkSync(at('one/two'), at('shortcut'));

    await expect(read({ path: 'shortcut/../text' })).resolves.toMatchObject({ stdout: 'above' });
  });

  it('follows symbolic links', async () => {
    writeFileSync(at('linked'), 'behind the link');
    symlinkSync('linked', at('link'));

    await expect(read({ path: at('link') })).resolves.toMatchObject({ stdout: 'behind the link' });
  });

  const sizeless = ['/proc/self/status', '/proc/cpuinfo'].filter((path) => existsSync(path));
  it.each([...sizeless, at('empty')])('reads %s to its end, though it has no size', async (path) => {
    writeFileSync(at('empty'), '');

    const outcome = await read({ path });

    expect(outcome).toMatchObject({ status: 'completed', metadata: { size: Buffer.byteLength(outcome.stdout) } });
    expect(outcome.stdout.length > 0).toBe(path !== at('empty'));
  });

  it('refuses what is no regular file at once, and says what it is', async () => {
    mkdirSync(at('folder'));
    spawnSync('mkfifo', [at('pipe')]);
    const server = createServer().listen(at('socket'));
    await once(server, 'listening');
    symlinkSync('pipe', at('link-to-pipe'));

    const errors = await Promise.all(
      [at('folder'), at('pipe'), at('link-to-pipe'), at('socket'), '/dev/null'].map(
        async (path) => (await read({ path })).error,
      ),
    );
    server.close();
    await once(server, 'close');

    expect(errors).toEqual([
      `"${at('folder')}" is a folder, not a file; name a file in it`,
      `"${at('pipe')}" is a named pipe, not a file; name a regular file`,
      `"${at('link-to-pipe')}" is a named pipe, not a file; name a regular file`,
      `"${at('socket')}" is a socket, not a file; name a regular file`,
      '"/dev/null" is a character device, not a file; name a regular file',
    ]);
  });

  it.each([
    ['missing', 'missing', 'ENOENT'],
    ['a file as a folder', 'file/inside', 'ENOTDIR'],
    ['links in a circle', 'circle', 'ELOOP'],
    ['a name too long', 'n'.repeat(300), 'ENAMETOOLONG'],
  ])('fails by name: %s', async (_, name, code) => {
    writeFileSync(at('file'), '');
    rmSync(at('circle'), { force: true });
    symlinkSync('circle', at('circle'));

    const outcome = await read({ path: at(name) });

    expect(outcome).toMatchObject({ status: 'failed', exitCode: 1, stdout: '', metadata: {} });
    expect(outcome.error).toContain(`cannot read "${at(name)}"`);
    expect(outcome.error).toContain(`(${code})`);
  });

  it.each([
    ['utf8', 10_240 * MIB, MAX_STDOUT_JSON_BYTES],
    ['utf8', MAX_STDOUT_JSON_BYTES + 1, MAX_STDOUT_JSON_BYTES],
    ['base64', 45 * MIB + 1, 45 * MIB],
  ] as const)('refuses as %s a file of %i bytes without reading it', async (encoding, size, limit) => {
    writeFileSync(at('large'), '');
    truncateSync(at('large'), size);

    const { status, error } = await read({ path: at('large'), encoding });

    expect(status).toBe('failed');
    expect(error).toMatch(/^file_too_large: /);
    expect(error).toContain(`"${at('large')}" has ${size} bytes, the limit is ${limit};`);
  });

  it('refuses a file whose text grows beyond the limit in JSON, and returns the same bytes as base64', async () => {
    const size = 10 * MIB + 1;
    writeFileSync(at('zeros'), '');
    truncateSync(at('zeros'), size);

    const text = await read({ path: at('zeros') });
    const base64 = await read({ path: at('zeros'), encoding: 'base64' });

    expect(text.error).toMatch(/^file_too_large: /);
    expect(text.error).toContain(`has ${size} bytes, as JSON text ${6 * size}, the limit is ${MAX_STDOUT_JSON_BYTES};`);
    expect(base64).toMatchObject({ status: 'completed', metadata: { size, sha256: sha256(Buffer.alloc(size)) } });
  });

  it('returns a file that just fits', async () => {
    writeFileSync(at('fits'), '');
    truncateSync(at('fits'), 10 * MIB);

    const { stdout } = await read({ path: at('fits') });

    expect(Buffer.byteLength(JSON.stringify(stdout)) - 2).toBe(MAX_STDOUT_JSON_BYTES);
  });

  it.each(['timed_out', 'cancelled'] as const)(
    'is %s when it is ended before it begins or while it reads',
    async (status) => {
      writeFileSync(at('long'), '');
      truncateSync(at('long'), 10 * MIB);
      const controller = new AbortController();
      const reason = new EndEarly(status, 'enough');

      const running = read({ path: at('long') }, contextOf(controller.signal));
      controller.abort(reason);
      const late = read({ path: at('long') }, contextOf(controller.signal));

      const ended = { status, error: 'enough', stdout: '', exitCode: null, metadata: {} };
      await expect(running).resolves.toMatchObject(ended);
      await expect(late).resolves.toMatchObject(ended);
    },
  );
});
