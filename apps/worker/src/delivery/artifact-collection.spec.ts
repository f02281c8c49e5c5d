import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LIMITS } from '#contracts';
import { makeFolder, removeFolder } from '../executors/testing/file-sandbox.js';
import { collectArtifacts } from './artifact-collection.js';

let home: string;
let folder: string;

beforeEach(() => {
  home = makeFolder();
  folder = makeFolder();
});

afterEach(() => {
  removeFolder(home);
  removeFolder(folder);
});

const collect = (patterns: string[], screenshotPath?: string, searchTime?: number) =>
  collectArtifacts({ patterns, screenshotPath, folder, home }, searchTime);
const put = (...paths: string[]) => {
  for (const path of paths) {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, 'x');
  }
};

describe('collectArtifacts', () => {
  it('finds relative, absolute and home paths, and patterns of each kind', async () => {
    const other = makeFolder();
    put(join(folder, 'a.txt'), join(folder, 'out/b.pdf'), join(folder, 'out/deep/c.pdf'), join(home, 'd.csv'));
    put(join(other, 'e.log'), join(other, 'f.log'), join(home, 'logs/ü.txt'));
    const { files, problems } = await collect([
      'a.txt',
      'out/**/*.pdf',
      '~/d.csv',
      '~/logs/*',
      join(other, '*.log'),
      'nothing/*.x',
    ]);
    expect(problems).toEqual([]);
    expect(files.map(({ path }) => path)).toEqual([
      join(folder, 'a.txt'),
      join(folder, 'out/b.pdf'),
      join(folder, 'out/deep/c.pdf'),
      join(home, 'd.csv'),
      join(home, 'logs/ü.txt'),
      join(other, 'e.log'),
      join(other, 'f.log'),
    ]);
    removeFolder(other);
  });

  it('takes a file once, and gives files of the same name a number each', async () => {
    for (const sub of ['a', 'b', 'c']) put(join(folder, sub, 'shot.png'));
    put(join(folder, 'shot-2.png'), join(folder, 'shot'));
    const { files } = await collect(['shot-2.png', 'shot', '*/shot.png', 'a/shot.png']);
    expect(files.map(({ name }) => name)).toEqual(['shot-2.png', 'shot', 'shot.png', 'shot-3.png', 'shot-4.png']);
  });

  it('keeps names within the limit when it gives them a number', async () => {
    const long = `${'é'.repeat(125)}.json`;
    put(join(folder, 'a', long), join(folder, 'b', long));
    const { files } = await collect(['*/*']);
    expect(files.map(({ name }) => name)).toEqual([long, `${'é'.repeat(124)}-2.json`]);
    expect(Buffer.byteLength(files[1]?.name ?? '')).toBeLessThanOrEqual(LIMITS.artifacts.nameBytes);
  });

  it('takes a path that looks like a pattern for a path when there is such a file', async () => {
    put(join(folder, 'shot [1].png'), join(folder, 'shot 1.png'));
    const { files } = await collect(['shot [1].png']);
    expect(files.map(({ name }) => name)).toEqual(['shot [1].png']);
  });

  it('takes the screenshot that the task has named by itself, and never for a pattern', async () => {
    put(join(folder, 's1.png'), join(folder, 's2.png'));
    const path = join(folder, 's*.png');
    expect(await collect([], path)).toEqual({
      files: [],
      problems: [{ path, problem: `cannot read "${path}": there is no such file or folder (ENOENT); check the path` }],
    });
    expect((await collect(['s1.png'], join(folder, 's2.png'))).files.map(({ name }) => name)).toEqual([
      's2.png',
      's1.png',
    ]);
  });

  it('tells what is in the way of a file', async () => {
    mkdirSync(join(folder, 'sub'));
    put(join(folder, 'huge'));
    truncateSync(join(folder, 'huge'), LIMITS.artifacts.fileBytes + 1);
    const { files, problems } = await collect(['missing', 'sub', 'huge']);
    expect(files).toEqual([]);
    expect(problems).toEqual([
      { path: 'missing', problem: expect.stringContaining('there is no such file or folder (ENOENT); check the path') },
      { path: 'sub', problem: `"${join(folder, 'sub')}" is a folder, not a file; name a file in it` },
      { path: 'huge', problem: expect.stringMatching(/^file_too_large: .*has 1073741825 bytes/) },
    ]);
  });

  it('follows a link that is named, and none that is found', async () => {
    put(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'latest'));
    symlinkSync(folder, join(folder, 'loop'));
    expect((await collect(['latest'])).files.map(({ name }) => name)).toEqual(['latest']);
    expect((await collect(['**'])).files.map(({ name }) => name)).toEqual(['real']);
  });

  it('takes a hundred files, and tells of the others', async () => {
    for (let number = 0; number < 103; number += 1) put(join(folder, `f${number}`));
    const { files, problems } = await collect(['*']);
    expect(files).toHaveLength(100);
    expect(problems).toHaveLength(3);
    expect(problems[0]?.problem).toBe('a task leaves 100 files at most, and has left that many; pack them into one');
  });

  it('ends a search that takes too long', async () => {
    const { problems } = await collect(['/**/no such file of this test'], undefined, 0);
    expect(problems).toEqual([
      { path: '/**/no such file of this test', problem: expect.stringContaining('took too long') },
    ]);
  });
});
