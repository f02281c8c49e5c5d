import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FileEditInput } from '#contracts';
import { PathLock } from '../files/path-lock.js';
import { EndEarly, type ExecutionContext } from './executor.js';
import { FileEditExecutor } from './file-edit.js';
import { FileWriteExecutor } from './file-write.js';
import {
  abortedAtLook,
  contextOf,
  hiddenIn,
  makeFolder,
  mountSmallDisk,
  noUploads,
  removeFolder,
  sha256,
} from './testing/file-sandbox.js';

const MIB = 1_048_576;
let home: string;
const locks = new PathLock();
const at = (name: string) => join(home, name);
const content = (name: string) => readFileSync(at(name), 'latin1');
const edit = (input: FileEditInput, context: ExecutionContext = contextOf()) =>
  new FileEditExecutor(locks, home).execute(
    { id: 'a', type: 'file-edit', attempt: 1, timeout: 1000, ...input },
    context,
  );

beforeEach(() => {
  home = makeFolder();
});
afterEach(() => removeFolder(home));

describe('a file-edit task', () => {
  it('replaces the one occurrence and tells size, hash and count', async () => {
    writeFileSync(at('file'), 'one two three');

    const outcome = await edit({ path: '~/file', oldString: 'two', newString: '2' });

    expect(outcome).toMatchObject({
      status: 'completed',
      stdout: '',
      exitCode: 0,
      metadata: { size: 11, sha256: sha256('one 2 three'), replacements: 1 },
    });
    expect(content('file')).toBe('one 2 three');
  });

  it('gives the same as splitting and joining, on any bytes', async () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '$&'), minLength: 1, maxLength: 3 });
    const bytes = fc
      .array(fc.oneof(fc.constantFrom(...Buffer.from('aaabé$&')), fc.nat(255)), { maxLength: 60 })
      .map((values) => Buffer.from(values));
    await fc.assert(
      fc.asyncProperty(bytes, texts, fc.oneof(texts, fc.constant('')), async (before, oldString, newString) => {
        writeFileSync(at('file'), before);
        const [oldBytes, newBytes] = [oldString, newString].map((text) => Buffer.from(text).toString('latin1'));
        const parts = before.toString('latin1').split(oldBytes ?? '');
        const expected = parts.join(newBytes);

        const outcome = await edit({ path: 'file', oldString, newString, replaceAll: true });

        expect(content('file')).toBe(expected);
        expect(outcome.status).toBe(parts.length > 1 ? 'completed' : 'failed');
        const metadata = {
          size: expected.length,
          sha256: sha256(readFileSync(at('file'))),
          replacements: parts.length - 1,
        };
        expect(outcome.metadata).toEqual(parts.length > 1 ? metadata : {});
      }),
      { numRuns: 100 },
    );
  });

  it('takes `$&` and its like literally', async () => {
    writeFileSync(at('file'), 'cost: x');

    await edit({ path: 'file', oldString: 'x', newString: "$& $1 $$ $`$'" });

    expect(content('file')).toBe("cost: $& $1 $$ $`$'");
  });

  it('leaves bytes that are not UTF-8 as they are', async () => {
    writeFileSync(at('file'), Buffer.from('\xff\xfe old \x80', 'latin1'));

    await edit({ path: 'file', oldString: 'old', newString: 'new' });

    expect(content('file')).toBe('\xff\xfe new \x80');
  });

  it('changes nothing when the text does not occur', async () => {
    writeFileSync(at('file'), 'one');

    const { status, error } = await edit({ path: 'file', oldString: 'two', newString: '2' });

    expect(status).toBe('failed');
    expect(error).toMatch(/^not_found: /);
    expect(error).toContain(at('file'));
    expect(content('file')).toBe('one');
  });

  it('changes nothing when the text occurs more than once, and tells how often', async () => {
    writeFileSync(at('file'), 'aaaaa aa');

    const { status, error } = await edit({ path: 'file', oldString: 'aa', newString: 'b' });

    expect(status).toBe('failed');
    expect(error).toMatch(/^not_unique: .* 3 times/);
    expect(content('file')).toBe('aaaaa aa');
  });

  it('accepts a replacement by the same, and does not touch the file', async () => {
    writeFileSync(at('file'), 'same same');
    const { ino } = statSync(at('file'));

    const outcome = await edit({ path: 'file', oldString: 'same', newString: 'same', replaceAll: true });

    expect(outcome.metadata).toEqual({ size: 9, sha256: sha256('same same'), replacements: 2 });
    expect(statSync(at('file')).ino).toBe(ino);
  });

  it('refuses an empty text', async () => {
    writeFileSync(at('file'), 'one');

    await expect(edit({ path: 'file', oldString: '', newString: 'x' })).resolves.toMatchObject({
      status: 'failed',
      error: 'oldString is empty; give the text to replace',
    });
  });

  it('keeps the mode, and a link that leads to the file', async () => {
    writeFileSync(at('script'), 'old');
    chmodSync(at('script'), 0o750);
    symlinkSync('script', at('link'));

    await edit({ path: 'link', oldString: 'old', newString: 'new' });

    expect(content('script')).toBe('new');
    expect(statSync(at('script')).mode & 0o7777).toBe(0o750);
  });

  it('edits only the content that the client expects', async () => {
    writeFileSync(at('file'), 'one');

    const stale = await edit({ path: 'file', oldString: 'one', newString: 'two', ifMatch: sha256('zero') });
    expect(stale.error).toMatch(/^changed: /);
    expect(stale.error).toContain(sha256('one'));
    expect(content('file')).toBe('one');

    const fresh = await edit({ path: 'file', oldString: 'one', newString: 'two', ifMatch: sha256('one') });
    expect(fresh.status).toBe('completed');
    expect(content('file')).toBe('two');
  });

  it('fails by name where there is no file to edit', async () => {
    mkdirSync(at('folder'));
    symlinkSync('circle', at('circle'));
    const errorOf = async (path: string, ifMatch?: string) =>
      (await edit({ path, oldString: 'a', newString: 'b', ifMatch })).error;

    expect(await errorOf('missing')).toContain(`cannot edit "${at('missing')}": there is no such file`);
    expect(await errorOf('missing', sha256('a'))).toMatch(/^changed: ".*missing" does not exist/);
    expect(await errorOf('folder')).toContain(`"${at('folder')}" is a folder`);
    expect(await errorOf('circle')).toContain('(ELOOP)');
  });

  it('refuses a file above 64 MiB, and an edit that would make one', async () => {
    writeFileSync(at('large'), '');
    truncateSync(at('large'), 64 * MIB + 1);
    writeFileSync(at('growing'), 'x'.repeat(1000));

    const large = await edit({ path: 'large', oldString: 'a', newString: 'b' });
    const growing = await edit({ path: 'growing', oldString: 'x', newString: 'y'.repeat(MIB), replaceAll: true });

    expect(large.error).toMatch(/^file_too_large: /);
    expect(large.error).toContain(`has ${64 * MIB + 1} bytes, the limit is ${64 * MIB};`);
    expect(growing.error).toContain(`has ${1000 * MIB} bytes after the edit`);
    expect(content('growing')).toBe('x'.repeat(1000));
  });

  it('replaces each of very many occurrences, and can be ended in between', async () => {
    writeFileSync(at('file'), 'x'.repeat(100_000));
    const input = { path: 'file', oldString: 'x', newString: 'yz', replaceAll: true };
    const controller = new AbortController();
    const ending = edit(input, contextOf(controller.signal));
    controller.abort(new EndEarly('timed_out', 'the time is up'));

    await expect(ending).resolves.toMatchObject({ status: 'timed_out', error: 'the time is up' });
    expect(content('file')).toBe('x'.repeat(100_000));
    await expect(edit(input)).resolves.toMatchObject({ metadata: { replacements: 100_000 } });
    expect(content('file')).toBe('yz'.repeat(100_000));
  });

  it('has changed nothing at whatever step it is ended, up to the last', async () => {
    const ends: string[] = [];
    while (ends.at(-1) !== 'completed') {
      writeFileSync(at('file'), 'old');
      const signal = abortedAtLook(ends.length + 1, new EndEarly('cancelled', 'no longer wanted'));
      const { status } = await edit({ path: 'file', oldString: 'old', newString: 'new' }, contextOf(signal));
      ends.push(status);
      expect(content('file')).toBe(status === 'completed' ? 'new' : 'old');
      expect(hiddenIn(home)).toEqual([]);
    }

    expect(ends.filter((status) => status === 'cancelled').length).toBeGreaterThanOrEqual(5);
  });

  it('loses none of many edits at the same time, by whatever path they come', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `<${index}>`);
    writeFileSync(at('file'), names.join('\n'));
    symlinkSync('file', at('link'));

    await Promise.all(
      names.map((name, index) =>
        edit({ path: index % 2 ? 'file' : 'link', oldString: name, newString: name.toUpperCase().repeat(2) }),
      ),
    );

    expect(content('file')).toBe(names.map((name) => name.repeat(2)).join('\n'));
  });

  it('takes turns with a write to the same file', async () => {
    writeFileSync(at('file'), 'old');
    const writer = new FileWriteExecutor(locks, noUploads, home);
    const task = { id: 'w', type: 'file-write', attempt: 1, timeout: 1000, path: 'file' } as const;

    // In this order: each takes its turn when it has found the file, and both look for it in the same way.
    const outcomes = await Promise.all([
      writer.execute({ ...task, content: 'written' }, contextOf()),
      edit({ path: 'file', oldString: 'tt', newString: 'TT' }),
      edit({ path: 'file', oldString: 'w', newString: 'W' }),
    ]);

    const failed = outcomes.slice(1).filter(({ status }) => status === 'failed');
    for (const { error } of failed) expect(error).toMatch(/^not_found: /);
    expect(['written', 'wriTTen', 'Written', 'WriTTen']).toContain(content('file'));
    expect(content('file') === 'WriTTen').toBe(failed.length === 0);
  });
});

const disk = mountSmallDisk(64 * 1024);
if (disk) {
  describe('a file-edit task on a full disk', () => {
    const { folder } = disk;
    afterAll(() => disk.remove());

    it('fails by name and leaves the file as it was', async () => {
      const path = join(folder, 'file');
      writeFileSync(path, 'old');

      const { error } = await edit({ path, oldString: 'old', newString: 'n'.repeat(100_000) });

      expect(error).toContain(`cannot edit "${path}": the disk is full (ENOSPC)`);
      expect(readFileSync(path, 'utf8')).toBe('old');
      expect(hiddenIn(folder)).toEqual([]);
    });
  });
}
