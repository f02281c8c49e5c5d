import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PathLock } from '../files/path-lock.js';
import { FileWriteExecutor } from './file-write.js';
import { contextOf, makeFolder, mountSmallDisk, noUploads, removeFolder } from './testing/file-sandbox.js';

let home: string;
const at = (name: string) => join(home, name);
const write = (path: string, content: string) =>
  new FileWriteExecutor(new PathLock(), noUploads, home).execute(
    { id: 'a', type: 'file-write', attempt: 1, timeout: 1000, path, content },
    contextOf(),
  );

beforeEach(() => {
  home = makeFolder();
});
afterEach(() => removeFolder(home));

describe('a file-write task that the system refuses', () => {
  const full = mountSmallDisk(64 * 1024);
  const readOnly = mountSmallDisk(64 * 1024);
  if (full && readOnly) {
    writeFileSync(join(full.folder, 'file'), 'old');
    writeFileSync(join(readOnly.folder, 'file'), 'old');
    readOnly.makeReadOnly();
  }
  afterAll(() => {
    full?.remove();
    readOnly?.remove();
  });

  const everywhere = [
    ['ENOTDIR', () => at('file/inside')],
    ['ELOOP', () => at('circle')],
    ['ENAMETOOLONG', () => at('n'.repeat(300))],
  ] as const;
  const mounted =
    full && readOnly
      ? ([
          ['ENOSPC', () => join(full.folder, 'file')],
          ['ENOSPC', () => join(full.folder, 'new')],
          ['EROFS', () => join(readOnly.folder, 'file')],
          ['EROFS', () => join(readOnly.folder, 'folder/new')],
        ] as const)
      : [];

  it.each([...everywhere, ...mounted])('fails by name and leaves all as it was: %s', async (code, pathOf) => {
    writeFileSync(at('file'), 'old');
    symlinkSync('circle', at('circle'));
    const path = pathOf();

    const { status, error } = await write(path, 'x'.repeat(100_000));

    expect(status).toBe('failed');
    expect(error).toContain(`cannot write "${path}"`);
    expect(error).toContain(`(${code})`);
    expect(readFileSync(at('file'), 'utf8')).toBe('old');
    expect(readdirSync(home)).toEqual(['circle', 'file']);
    for (const disk of [full, readOnly]) {
      if (disk) expect(readdirSync(disk.folder)).toEqual(['file']);
      if (disk) expect(readFileSync(join(disk.folder, 'file'), 'utf8')).toBe('old');
    }
  });

  // A folder of the kernel's refuses a new file to root as well; permission bits bind every other user.
  const comm = '/proc/self/comm';
  const closed = [
    ...(existsSync(comm) ? [() => realpathSync(comm)] : []),
    ...(readOnly ? [() => join(readOnly.folder, 'file')] : []),
    ...(process.getuid?.() === 0
      ? []
      : [
          () => {
            mkdirSync(at('closed'));
            writeFileSync(at('closed/file'), 'old');
            chmodSync(at('closed'), 0o555);
            return at('closed/file');
          },
        ]),
  ];

  it.each(closed)('names the folder that takes no new file, though the file may be written (%#)', async (pathOf) => {
    const path = pathOf();

    const { error } = await write(path, 'new');

    expect(error).toContain(`cannot write "${path}": the folder "${dirname(path)}" takes no new file`);
    if (existsSync(at('closed'))) chmodSync(at('closed'), 0o755);
  });
});
