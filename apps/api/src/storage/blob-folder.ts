import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DISK_FULL, StorageFull, StorageUnavailable } from './errors.js';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The bytes of artifacts and uploads: one file each, under its id, which only grows until it is whole. Ids are UUIDs that
 * come from the store. Errors: `StorageFull`, `StorageUnavailable`.
 */
export class BlobFolder {
  constructor(private readonly path: string) {}

  /** The one that belongs to a database file: another database in the same folder has another. */
  static beside(database: string): BlobFolder {
    return new BlobFolder(`${database}.blobs`);
  }

  pathOf(id: string): string {
    // By the end of an id, which is random: its beginning is a time, the same for all of a day.
    return join(this.path, id.slice(-2), id.slice(-4, -2), id);
  }

  /** How many bytes are there; null when there is no such file. */
  async sizeOf(id: string): Promise<number | null> {
    return (await this.statusOf(id))?.size ?? null;
  }

  /**
   * Adds `pieces` to what is there, and tells `written` of each once it is in the file. Whatever comes of it, the bytes
   * that were written are on the disk when the promise settles. What `pieces` throws is thrown on.
   */
  async append(id: string, pieces: AsyncIterable<Uint8Array>, written: (piece: Uint8Array) => void): Promise<void> {
    const file = await inWordsOfThePort(this.openToAppend(id));
    let refused = false;
    try {
      for await (const piece of pieces) {
        refused = true;
        await inWordsOfThePort(file.appendFile(piece));
        refused = false;
        written(piece);
      }
    } finally {
      const synced = inWordsOfThePort(file.sync().finally(() => file.close()));
      // That a write was refused is being told already, and tells more than what follows from it.
      await (refused ? synced.catch(() => undefined) : synced);
    }
  }

  /** SHA-256 of the whole, in hex, read a piece at a time. */
  sha256Of(id: string): Promise<string> {
    const hash = createHash('sha256');
    const read = async () => {
      for await (const piece of createReadStream(this.pathOf(id))) hash.update(piece);
      return hash.digest('hex');
    };
    return inWordsOfThePort(read());
  }

  /** Removes the file, if there is one. */
  remove(id: string): Promise<void> {
    return inWordsOfThePort(rm(this.pathOf(id), { force: true }));
  }

  /** The ids of all files that were last changed before `wall`, a folder at a time. */
  async *unchangedSince(wall: number): AsyncGenerator<string[]> {
    for (const outer of await this.namesIn(this.path)) {
      for (const inner of await this.namesIn(join(this.path, outer))) {
        const ids = (await this.namesIn(join(this.path, outer, inner))).filter((name) => ID.test(name));
        const old: string[] = [];
        for (const id of ids) {
          const status = await this.statusOf(id);
          if (status && status.mtimeMs < wall) old.push(id);
        }
        yield old;
      }
    }
  }

  private async statusOf(id: string) {
    return inWordsOfThePort(orNull(stat(this.pathOf(id))));
  }

  private async namesIn(folder: string): Promise<string[]> {
    return (await inWordsOfThePort(orNull(readdir(folder)))) ?? [];
  }

  private async openToAppend(id: string): Promise<FileHandle> {
    const path = this.pathOf(id);
    const folders = [dirname(path), dirname(dirname(path)), this.path, dirname(this.path)];
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'a', 0o600);
    try {
      // A file is found again after a power cut only if its name, and those of its folders, are on the disk too.
      if ((await file.stat()).size === 0) for (const folder of folders) await syncFolder(folder);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}

/** Null for what is not there, or is no folder. */
async function orNull<T>(found: Promise<T>): Promise<T | null> {
  return found.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
}

async function inWordsOfThePort<T>(done: Promise<T>): Promise<T> {
  return done.catch((error: NodeJS.ErrnoException) => {
    if (DISK_FULL.includes(error.code ?? '')) throw new StorageFull({ cause: error });
    throw new StorageUnavailable(`the blob folder cannot be used: ${error.message}`, { cause: error });
  });
}
