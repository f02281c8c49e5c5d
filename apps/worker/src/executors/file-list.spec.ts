import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ListedEntry } from '#contracts';
import { EndEarly, type ExecutionContext } from './executor.js';
import { FileListExecutor } from './file-list.js';
import { abortedAtLook, contextOf, makeFolder, removeFolder } from './testing/file-sandbox.js';

let home: string;
const at = (name: string) => join(home, name);
const task = (path: string) => ({ id: 'a', type: 'file-list', attempt: 1, timeout: 1000, path }) as const;
const list = (path: string, context: ExecutionContext = contextOf()) =>
  new FileListExecutor(home).execute(task(path), context);
const entriesOf = async (path: string): Promise<ListedEntry[]> => JSON.parse((await list(path)).stdout);

beforeEach(() => {
  home = makeFolder();
});
afterEach(() => removeFolder(home));

describe('a file-list task', () => {
  it('tells what each entry is, without following links', async () => {
    writeFileSync(at('file'), 'four');
    chmodSync(at('file'), 0o640);
    utimesSync(at('file'), 1_700_000_000.5, 1_700_000_000.25);
    mkdirSync(at('folder'));
    chmodSync(at('folder'), 0o1777);
    symlinkSync('missing', at('link'));
    spawnSync('mkfifo', ['-m', '000', at('pipe')]);

    expect(await entriesOf('~')).toEqual([
      { name: 'file', kind: 'file', size: 4, modified: 1_700_000_000_250, mode: '640' },
      { name: 'folder', kind: 'directory', size: expect.any(Number), modified: expect.any(Number), mode: '1777' },
      { name: 'link', kind: 'symlink', size: 7, modified: expect.any(Number), mode: expect.any(String) },
      { name: 'pipe', kind: 'other', size: 0, modified: expect.any(Number), mode: '000' },
    ]);
  });

  it('sorts by the code units of the names', async () => {
    const names = ['a', 'B', 'ä', 'a1', 'a10', 'a2', '.hidden', 'line\nbreak', '"quoted"', '😀', '\uffee'];
    for (const name of names) writeFileSync(at(name), '');

    expect((await entriesOf(home)).map(({ name }) => name)).toEqual([...names].sort());
  });

  it('answers an empty list for an empty folder, and follows a link to a folder', async () => {
    mkdirSync(at('folder'));
    symlinkSync('folder', at('link'));

    await expect(list('link')).resolves.toMatchObject({
      status: 'completed',
      stdout: '[]',
      outputBytes: { stdout: 2 },
    });
  });

  it('lists a folder with more entries than it looks at together', async () => {
    const names = Array.from({ length: 300 }, (_, index) => String(index).padStart(3, '0'));
    for (const name of names) writeFileSync(at(name), '');

    expect((await entriesOf(home)).map(({ name }) => name)).toEqual(names);
  });

  it('leaves out what vanishes while it works', async () => {
    for (let index = 0; index < 200; index += 1) writeFileSync(at(`file-${index}`), '');
    const controller = new AbortController();
    const look = controller.signal.throwIfAborted.bind(controller.signal);
    let looks = 0;
    controller.signal.throwIfAborted = () => {
      looks += 1;
      // The second look comes when the names are read and none has been looked up.
      if (looks === 2) rmSync(at('file-7'));
      look();
    };

    const outcome = await list(home, contextOf(controller.signal));

    const names = JSON.parse(outcome.stdout).map(({ name }: ListedEntry) => name);
    expect(names).toHaveLength(199);
    expect(names).not.toContain('file-7');
  });

  for (const name of namesThatAreNotUtf8()) {
    it('shows U+FFFD for what is not UTF-8 in a name', async () => {
      writeFileSync(Buffer.concat([Buffer.from(`${home}/`), name]), 'four');

      expect(await entriesOf(home)).toMatchObject([{ name: 'a\ufffdb', kind: 'file', size: 4 }]);
    });
  }

  it.each([
    ['file', /"[^"]*\/file" is not a folder; /],
    ['missing', /cannot list "[^"]*\/missing": there is no such file or folder \(ENOENT\)/],
    ['file/inside', /cannot list "[^"]*\/file\/inside": .*\(ENOTDIR\)/],
    ['circle', /cannot list "[^"]*\/circle": .*\(ELOOP\)/],
  ])('fails by name: %s', async (path, error) => {
    writeFileSync(at('file'), '');
    symlinkSync('circle', at('circle'));

    const outcome = await list(path);

    expect(outcome).toMatchObject({ status: 'failed', stdout: '' });
    expect(outcome.error).toMatch(error);
  });

  it('fails when the list is larger than a report can hold, and not a byte earlier', async () => {
    for (let index = 0; index < 100; index += 1) writeFileSync(at(`"${index}"`), '');
    const { stdout } = await list(home);
    const size = Buffer.byteLength(JSON.stringify(stdout)) - 2;

    const fits = await new FileListExecutor(home, size).execute(task(home), contextOf());
    const large = await new FileListExecutor(home, size - 1).execute(task(home), contextOf());

    expect(fits.stdout).toBe(stdout);
    expect(large.status).toBe('failed');
    expect(large.error).toMatch(/^folder_too_large: the list of the 100 entries of /);
    expect(large.error).toContain(home);
  });

  it('is ended before it begins or while it works, with the status of the reason', async () => {
    writeFileSync(at('file'), '');
    const reason = new EndEarly('cancelled', 'no longer wanted');

    for (const look of [1, 2]) {
      const outcome = await list(home, contextOf(abortedAtLook(look, reason)));
      expect(outcome).toMatchObject({ status: 'cancelled', error: 'no longer wanted', stdout: '' });
    }
  });
});

/** None where the file system takes UTF-8 only. */
function namesThatAreNotUtf8(): Buffer[] {
  const folder = makeFolder();
  const name = Buffer.from([0x61, 0xff, 0x62]);
  try {
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), name]), '');
    return [name];
  } catch {
    return [];
  } finally {
    removeFolder(folder);
  }
}
