import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { BlobFolder } from './blob-folder.js';
import { StorageFull, StorageUnavailable } from './errors.js';

let folder: string;
let blobs: BlobFolder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'blobs-'));
  blobs = BlobFolder.beside(join(folder, 'test.db'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const append = async (id: string, pieces: Iterable<string> | AsyncIterable<Buffer>) => {
  let written = 0;
  const bytes = Readable.from(pieces, { objectMode: true }).map((piece) => Buffer.from(piece));
  await blobs.append(id, bytes, (piece) => {
    written += piece.length;
  });
  return written;
};
const listed = async (wall: number) => {
  const ids: string[] = [];
  for await (const page of blobs.unchangedSince(wall)) ids.push(...page);
  return ids.sort();
};

describe('BlobFolder', () => {
  it('adds to a file, readable by its owner only, and knows its size and hash', async () => {
    const id = uuidv7();
    expect(await blobs.sizeOf(id)).toBeNull();
    expect(await append(id, ['ab', 'c'])).toBe(3);
    expect(await append(id, ['de'])).toBe(2);
    expect(readFileSync(blobs.pathOf(id), 'utf8')).toBe('abcde');
    expect(await blobs.sizeOf(id)).toBe(5);
    expect(await blobs.sha256Of(id)).toBe(createHash('sha256').update('abcde').digest('hex'));
    expect(statSync(blobs.pathOf(id)).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(blobs.pathOf(id))).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'test.db.blobs')).mode & 0o777).toBe(0o700);
  });

  it('makes a file of no bytes', async () => {
    const id = uuidv7();
    await append(id, []);
    expect(await blobs.sizeOf(id)).toBe(0);
  });

  it('keeps what came before the source failed, and tells how it failed', async () => {
    const id = uuidv7();
    async function* breaking() {
      yield Buffer.from('abc');
      throw new Error('cut off');
    }
    let written = 0;
    const count = (piece: Uint8Array) => {
      written += piece.length;
    };
    await expect(blobs.append(id, breaking(), count)).rejects.toThrow('cut off');
    expect(written).toBe(3);
    expect(await blobs.sizeOf(id)).toBe(3);
  });

  it('removes a file, whether it is there or not', async () => {
    const id = uuidv7();
    await append(id, ['x']);
    await blobs.remove(id);
    await blobs.remove(id);
    expect(await blobs.sizeOf(id)).toBeNull();
  });

  it('lists its files that were not changed of late, and nothing that is not its own', async () => {
    expect(await listed(Number.MAX_SAFE_INTEGER)).toEqual([]);
    const [old, young] = [uuidv7(), uuidv7()];
    for (const id of [old, young]) await append(id, ['x']);
    writeFileSync(join(dirname(blobs.pathOf(old)), 'note.txt'), '');
    writeFileSync(join(folder, 'test.db.blobs', 'stray'), '');
    utimesSync(blobs.pathOf(old), 1000, 1000);
    expect(await listed(2_000_000)).toEqual([old]);
    expect(await listed(Number.MAX_SAFE_INTEGER)).toEqual([old, young].sort());
  });

  it('says in the words of the storage what the disk has against it', async () => {
    writeFileSync(join(folder, 'test.db.blobs'), '');
    await expect(append(uuidv7(), ['x'])).rejects.toThrow(StorageUnavailable);
    await expect(blobs.sha256Of(uuidv7())).rejects.toThrow(StorageUnavailable);
    expect(await blobs.sizeOf(uuidv7())).toBeNull();
    // A device that is always full: nothing else stands in for a disk without room.
    blobs.pathOf = () => '/dev/full';
    await expect(append(uuidv7(), ['x'])).rejects.toThrow(StorageFull);
  });
});
