import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { createLogger } from '#logging';
import { BlobFolder } from '../storage/blob-folder.js';
import { openDatabase } from '../storage/sqlite/database.js';
import { SqliteStorage } from '../storage/sqlite/sqlite-storage.js';
import { ManualClock } from '../storage/testing/builders.js';
import { BlobSweep } from './blob-sweep.js';

const DAY = 86_400_000;

let folder: string;
let clock: ManualClock;
let storage: SqliteStorage;
let blobs: BlobFolder;
let sweep: BlobSweep;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-'));
  clock = new ManualClock();
  storage = new SqliteStorage(openDatabase(join(folder, 'test.db')), { maxPending: 1000 });
  blobs = BlobFolder.beside(join(folder, 'test.db'));
  sweep = new BlobSweep(storage.files, clock, createLogger('test', 'silent'), blobs);
});
afterEach(async () => {
  await sweep.onModuleDestroy();
  storage.close();
  rmSync(folder, { recursive: true });
});

/** A file that was last changed `age` ms ago. */
async function blob(age = 0): Promise<string> {
  const id = uuidv7();
  await blobs.append(id, Readable.from([Buffer.from('abc')]), () => undefined);
  const changed = (clock.now().wall - age) / 1000;
  utimesSync(blobs.pathOf(id), changed, changed);
  return id;
}
const upload = async (id: string, expiresAt: number) =>
  storage.files.addUpload({ id, size: 3, sha256: '0'.repeat(64), expiresAt });
const isThere = async (id: string) => (await blobs.sizeOf(id)) !== null;

describe('BlobSweep', () => {
  it('removes uploads whose time is over, more than a page of them, and their files', async () => {
    const { wall } = clock.now();
    const old = await Promise.all(Array.from({ length: 450 }, () => blob()));
    await Promise.all(old.map((id) => upload(id, wall + DAY)));
    const young = await blob();
    await upload(young, wall + DAY + 1);
    clock.advance(DAY);
    await sweep.removeOld();
    await sweep.removeFiles();
    expect((await Promise.all(old.map(isThere))).filter(Boolean)).toEqual([]);
    expect(await isThere(young)).toBe(true);
    expect(await storage.files.removedBlobs(1)).toEqual([]);
  });

  it('removes files that belong to nothing once they are an hour old', async () => {
    const [orphan, fresh, owned] = [await blob(3_600_001), await blob(3_599_000), await blob(3_600_001)];
    await upload(owned, clock.now().wall + DAY);
    await sweep.removeOrphans();
    expect([await isThere(orphan), await isThere(fresh), await isThere(owned)]).toEqual([false, true, true]);
  });

  it('tries again what the disk has refused', async () => {
    const id = await blob();
    await upload(id, clock.now().wall);
    await sweep.removeOld();
    const { remove } = blobs;
    blobs.remove = () => Promise.reject(new Error('away'));
    await sweep.removeFiles();
    expect(await storage.files.removedBlobs(1)).toEqual([id]);
    blobs.remove = remove;
    await sweep.removeFiles();
    expect(await isThere(id)).toBe(false);
  });
});
