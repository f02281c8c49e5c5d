import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { FileTaskError } from './file-errors.js';

const CHUNK_BYTES = 1_048_576;
const PART_BYTES = 65_536;

export interface FileContent {
  bytes: Buffer;
  stats: Stats;
  /** 64 lower-case hex digits. */
  sha256: string;
}

export interface SizeLimit {
  bytes: number;
  /** What to do instead about a file above the limit. */
  advice: string;
}

/** Refuses, by name, everything but a regular file. */
export function requireRegularFile(stats: Stats, path: string): void {
  if (stats.isFile()) return;
  const fix = stats.isDirectory() ? 'name a file in it' : 'name a regular file';
  throw new FileTaskError(`${JSON.stringify(path)} is ${kindOf(stats)}, not a file; ${fix}`);
}

/**
 * The whole content of a regular file, read to its end: what `/proc` shows has a size of 0 and content all the same.
 * Throws `file_too_large` for more than `limit`, before reading where the size tells.
 */
export async function readRegularFile(path: string, limit: SizeLimit, signal: AbortSignal): Promise<FileContent> {
  const { handle, stats } = await openRegularFile(path);
  try {
    if (stats.size > limit.bytes) throw tooLarge(path, `${stats.size} bytes`, limit);
    const hash = createHash('sha256');
    const chunks: Buffer[] = [];
    let total = 0;
    for await (const chunk of chunksOf(handle, signal)) {
      total += chunk.length;
      if (total > limit.bytes) throw tooLarge(path, `at least ${total} bytes`, limit);
      hash.update(chunk);
      chunks.push(Buffer.from(chunk));
    }
    return { bytes: Buffer.concat(chunks, total), stats, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}

/** The SHA-256 of a regular file of any size: 64 lower-case hex digits. */
export async function hashRegularFile(path: string, signal: AbortSignal): Promise<string> {
  return (await digestRegularFile(path, { bytes: Number.POSITIVE_INFINITY, advice: '' }, signal)).sha256;
}

/** How many bytes a regular file has, read to its end, and their SHA-256. Throws `file_too_large` for more than `limit`. */
export async function digestRegularFile(
  path: string,
  limit: SizeLimit,
  signal: AbortSignal,
): Promise<{ size: number; sha256: string }> {
  const { handle } = await openRegularFile(path);
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of chunksOf(handle, signal)) {
      size += chunk.length;
      if (size > limit.bytes) throw tooLarge(path, `at least ${size} bytes`, limit);
      hash.update(chunk);
    }
    return { size, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}

/** The bytes from number `start` to before `end`; throws a `FileTaskError` when the file has become shorter. */
export async function* partOfRegularFile(path: string, start: number, end: number): AsyncGenerator<Buffer> {
  const { handle } = await openRegularFile(path);
  try {
    for (let at = start; at < end; ) {
      // A new one each time: what takes the bytes may still hold the one before.
      const buffer = Buffer.allocUnsafe(Math.min(PART_BYTES, end - at));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw new FileTaskError(`${JSON.stringify(path)} has become shorter while it was read`);
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

export function tooLarge(path: string, size: string, limit: SizeLimit): FileTaskError {
  return new FileTaskError(
    `file_too_large: ${JSON.stringify(path)} has ${size}, the limit is ${limit.bytes}; ${limit.advice}`,
  );
}

async function openRegularFile(path: string): Promise<{ handle: FileHandle; stats: Stats }> {
  // Before it is opened: opening a FIFO or a device is already felt at its other end.
  requireRegularFile(await stat(path), path);
  // O_NONBLOCK: a FIFO that took the file's place since would block here, some files of /proc while they are read.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    requireRegularFile(stats, path);
    return { handle, stats };
  } catch (cause) {
    await handle.close();
    throw cause;
  }
}

/** The rest of the file. Each chunk is overwritten by the next. */
async function* chunksOf(handle: FileHandle, signal: AbortSignal): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  while (true) {
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  if (stats.isCharacterDevice()) return 'a character device';
  if (stats.isBlockDevice()) return 'a block device';
  return 'something special';
}
