import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FileWriteInput } from '#contracts';
import { PathLock } from '../files/path-lock.js';
import { EndEarly, type ExecutionContext } from './executor.js';
import { FileWriteExecutor } from './file-write.js';
import {
  abortedAtLook,
  contextOf,
  hiddenIn,
  makeFolder,
  noUploads,
  removeFolder,
  sha256,
} from './testing/file-sandbox.js';

let home: string;
const locks = new PathLock();
const at = (name: string) => join(home, name);
const modeOf = (name: string) => (statSync(at(name)).mode & 0o7777).toString(8);
const write = (input: FileWriteInput, context: ExecutionContext = contextOf()) =>
  new FileWriteExecutor(locks, noUploads, home).execute(
    { id: 'a', type: 'file-write', attempt: 1, timeout: 1000, ...input },
    context,
  );

beforeEach(() => {
  home = makeFolder();
});
afterEach(() => removeFolder(home));

describe('a file-write task', () => {
  it('writes the text and tells where, how much and its hash', async () => {
    await expect(write({ path: '~/new', content: 'grüß dich\n' })).resolves.toEqual({
      status: 'completed',
      stdout: '',
      stderr: '',
      stdoutEncoding: undefined,
      exitCode: 0,
      signal: null,
      error: null,
      metadata: { size: 12, sha256: sha256('grüß dich\n'), path: at('new') },
      truncated: { stdout: false, stderr: false },
      outputBytes: { stdout: 0, stderr: 0 },
    });
    expect(readFileSync(at('new'), 'utf8')).toBe('grüß dich\n');
    expect(hiddenIn(home)).toEqual([]);
  });

  it('writes the bytes of base64, and an empty file', async () => {
    await write({ path: 'bytes', content: 'AAH/', encoding: 'base64' });
    await write({ path: 'empty', content: '' });

    expect([...readFileSync(at('bytes'))]).toEqual([0, 1, 255]);
    expect(statSync(at('empty')).size).toBe(0);
  });

  it('writes nothing for content that is not base64', async () => {
    const { error } = await write({ path: 'bytes', content: 'AAH*', encoding: 'base64' });

    expect(error).toContain('content is not base64');
    expect(readdirSync(home)).toEqual([]);
  });

  it('creates the folders above it', async () => {
    await write({ path: 'a/b/c', content: 'deep' });

    expect(readFileSync(at('a/b/c'), 'utf8')).toBe('deep');
  });

  it('gives a new file exactly its mode, and without one what the umask leaves', async () => {
    const umask = process.umask(0o027);
    try {
      await write({ path: 'plain', content: '' });
      await write({ path: 'open', content: '', mode: '0666' });
      await write({ path: 'runs', content: '', mode: '755' });
      await write({ path: 'closed', content: 'x', mode: '000' });
    } finally {
      process.umask(umask);
    }

    expect(['plain', 'open', 'runs', 'closed'].map(modeOf)).toEqual(['640', '666', '755', '0']);
  });

  it('leaves an existing file its mode, whatever mode is asked for', async () => {
    writeFileSync(at('script'), 'old');
    chmodSync(at('script'), 0o4751);

    await write({ path: 'script', content: 'new', mode: '600' });

    expect(modeOf('script')).toBe('4751');
    expect(readFileSync(at('script'), 'utf8')).toBe('new');
  });

  it('leaves an existing file its owner, where the system allows that', async () => {
    writeFileSync(at('owned'), 'old');
    // Only root can give a file away; for others the owner is their own.
    if (process.getuid?.() === 0) chownSync(at('owned'), 1234, 1235);
    const { uid, gid } = statSync(at('owned'));

    await write({ path: 'owned', content: 'new' });

    expect(statSync(at('owned'))).toMatchObject({ uid, gid });
  });

  it('refuses a mode that is not octal', async () => {
    for (const mode of ['8', '77777', 'rw', '']) {
      const { error } = await write({ path: 'new', content: '', mode });
      expect(error).toContain('is not octal permission bits');
    }
    expect(readdirSync(home)).toEqual([]);
  });

  it('replaces what a symbolic link leads to and leaves the link', async () => {
    mkdirSync(at('real'));
    writeFileSync(at('real/file'), 'old');
    symlinkSync('real/file', at('link'));
    symlinkSync('link', at('link-to-link'));

    const { metadata } = await write({ path: 'link-to-link', content: 'new' });

    expect(metadata.path).toBe(at('real/file'));
    expect(readlinkSync(at('link'))).toBe('real/file');
    expect(readFileSync(at('real/file'), 'utf8')).toBe('new');
    expect(lstatSync(at('link-to-link')).isSymbolicLink()).toBe(true);
  });

  it.each([
    ['a file', 'target', 'link', 'target'],
    ['a file in a missing folder', 'missing/target', 'link', 'missing/target'],
    ['a missing folder', 'missing', 'link/file', 'missing/file'],
  ])('creates what a dangling link leads to: %s', async (_, leadsTo, path, created) => {
    symlinkSync(leadsTo, at('link'));

    const { metadata } = await write({ path, content: 'new' });

    expect(metadata.path).toBe(at(created));
    expect(readFileSync(at(created), 'utf8')).toBe('new');
    expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
  });

  it('refuses a path that names a folder or a special file', async () => {
    mkdirSync(at('folder'));
    spawnSync('mkfifo', [at('pipe')]);

    const errorOf = async (path: string) => (await write({ path, content: 'x' })).error;

    expect(await errorOf('folder')).toContain(`"${at('folder')}" is a folder`);
    expect(await errorOf('pipe')).toContain(`"${at('pipe')}" is a named pipe`);
    expect(await errorOf('/dev/null')).toContain('"/dev/null" is a character device');
    expect(await errorOf('new/')).toContain(`"${at('new/')}" names a folder`);
    expect(await errorOf('folder/..')).toContain('names a folder');
    expect(await errorOf('missing/../file')).toContain('(ENOENT)');
    expect(readdirSync(home)).toEqual(['folder', 'pipe']);
  });

  it('writes when the content has the hash that the client expects', async () => {
    writeFileSync(at('file'), 'old');

    const outcome = await write({ path: 'file', content: 'new', ifMatch: sha256('old').toUpperCase() });

    expect(outcome.status).toBe('completed');
    expect(readFileSync(at('file'), 'utf8')).toBe('new');
  });

  it('changes nothing when the content has another hash, and tells it', async () => {
    writeFileSync(at('file'), 'old');

    const { status, error } = await write({ path: 'file', content: 'new', ifMatch: sha256('older') });

    expect(status).toBe('failed');
    expect(error).toMatch(/^changed: /);
    expect(error).toContain(sha256('old'));
    expect(readFileSync(at('file'), 'utf8')).toBe('old');
    expect(hiddenIn(home)).toEqual([]);
  });

  it('creates nothing, no folder either, when a file is expected that does not exist', async () => {
    const { error } = await write({ path: 'folder/file', content: 'new', ifMatch: sha256('old') });

    expect(error).toMatch(/^changed: ".*" does not exist/);
    expect(readdirSync(home)).toEqual([]);
  });

  it('lets a reader see the old content or the new, never a part', async () => {
    const contents = ['a', 'b'].map((letter) => letter.repeat(1_000_000));
    writeFileSync(at('file'), contents[0] ?? '');
    let ended = false;
    const writing = (async () => {
      for (let round = 0; round < 10; round += 1) await write({ path: 'file', content: contents[round % 2] ?? '' });
      ended = true;
    })();
    const seen = new Set<string>();
    while (!ended) {
      const content = readFileSync(at('file'), 'utf8');
      seen.add(contents.includes(content) ? 'whole' : 'a part');
      await new Promise(setImmediate);
    }
    await writing;

    expect([...seen]).toEqual(['whole']);
  });

  it('is ended before it begins, with the status of the reason', async () => {
    const signal = AbortSignal.abort(new EndEarly('timed_out', 'the time is up'));

    const outcome = await write({ path: 'folder/new', content: 'x' }, contextOf(signal));

    expect(outcome).toMatchObject({ status: 'timed_out', error: 'the time is up', exitCode: null });
    expect(readdirSync(home)).toEqual([]);
  });

  it('has changed nothing at whatever step it is ended, up to the last', async () => {
    const ends: string[] = [];
    while (ends.at(-1) !== 'completed') {
      writeFileSync(at('file'), 'old');
      const signal = abortedAtLook(ends.length + 1, new EndEarly('cancelled', 'no longer wanted'));
      const { status } = await write({ path: 'file', content: 'new', ifMatch: sha256('old') }, contextOf(signal));
      ends.push(status);
      expect(readFileSync(at('file'), 'utf8')).toBe(status === 'completed' ? 'new' : 'old');
      expect(hiddenIn(home)).toEqual([]);
    }

    expect(ends.filter((status) => status === 'cancelled').length).toBeGreaterThanOrEqual(5);
  });

  it('is ended while it waits for another task on the same file', async () => {
    writeFileSync(at('file'), 'old');
    const controller = new AbortController();
    let outcome: Awaited<ReturnType<typeof write>> | undefined;
    await locks.run(at('file'), contextOf().signal, async () => {
      const waiting = write({ path: 'file', content: 'new' }, contextOf(controller.signal));
      controller.abort(new EndEarly('timed_out', 'the time is up'));
      outcome = await waiting;
    });

    expect(outcome?.status).toBe('timed_out');
    expect(readFileSync(at('file'), 'utf8')).toBe('old');
  });
});
