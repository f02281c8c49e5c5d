import { closeSync, readdirSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type OutputPipe, PipeSupply } from './output-pipe.js';

const ON_LINUX = process.platform === 'linux';
const openFiles = () => (ON_LINUX ? readdirSync('/proc/self/fd').length : 0);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipe-spec-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** What comes out of a pipe after `text` went in and its writing end was closed. */
async function through({ reader, writeEnd }: OutputPipe, text: string): Promise<string> {
  writeSync(writeEnd, text);
  closeSync(writeEnd);
  const chunks: Buffer[] = [];
  // Each is there only until the listener returns.
  reader.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)));
  await finished(reader, { writable: false });
  return Buffer.concat(chunks).toString();
}

describe('PipeSupply', () => {
  it('hands out pipes of their own, ever more of them, and leaves no name behind', async () => {
    const supply = new PipeSupply(folder);
    for (let round = 0; round < 10; round++) {
      const pipes = await supply.take(2);
      expect(pipes).toHaveLength(ON_LINUX ? 2 : 0);
      expect(await Promise.all(pipes.map((pipe, index) => through(pipe, `${round}.${index}`)))).toEqual(
        pipes.map((_, index) => `${round}.${index}`),
      );
    }
    await supply.close();
    expect(await readdir(folder)).toEqual([]);
  });

  it('serves many that ask at once', async () => {
    const supply = new PipeSupply(folder);
    const taken = await Promise.all(Array.from({ length: 12 }, () => supply.take(2)));
    await Promise.all(taken.flat().map((pipe) => through(pipe, 'x')));
    await supply.close();
  });

  it('hands out none, and does not fail, where the temporary folder cannot hold them', async () => {
    const supply = new PipeSupply(join(folder, 'missing'));
    expect(await supply.take(2)).toEqual([]);
    await mkdir(join(folder, 'missing'));
    const pipes = await supply.take(2);
    expect(pipes).toHaveLength(ON_LINUX ? 2 : 0);
    await Promise.all(pipes.map((pipe) => through(pipe, 'x')));
    await supply.close();
  });

  it('closes what nobody took', async () => {
    const supply = new PipeSupply(folder);
    const before = openFiles();
    for (const pipe of await supply.take(1)) await through(pipe, 'x');
    await supply.close();
    expect(openFiles()).toBe(before);
  });
});
