import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findProgram } from './program-path.js';

describe('findProgram', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'program-spec-'));
    for (const name of ['folder', 'plain', 'one', 'two']) await mkdir(join(folder, name));
    await mkdir(join(folder, 'folder', 'tool'));
    await writeFile(join(folder, 'plain', 'tool'), '', { mode: 0o644 });
    await writeFile(join(folder, 'one', 'tool'), '', { mode: 0o755 });
    await symlink(join(folder, 'one', 'tool'), join(folder, 'two', 'tool'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const find = (...folders: string[]) => findProgram('tool', folders.map((name) => join(folder, name)).join(':'));

  it('takes the first file that can be run, through links as well', async () => {
    expect(await find('missing', 'folder', 'plain', 'two', 'one')).toBe(join(folder, 'two', 'tool'));
    expect(await find('one', 'two')).toBe(join(folder, 'one', 'tool'));
  });

  it('finds none where there is none', async () => {
    expect(await find('missing', 'folder', 'plain')).toBeNull();
    expect(await findProgram('tool', undefined)).toBeNull();
  });

  it('passes over folders that depend on where the worker was started', async () => {
    expect(await findProgram('package.json', ':.:')).toBeNull();
    expect(await findProgram('sh', ':bin:../bin:/bin')).toBe('/bin/sh');
  });
});
