import { closeSync, fsyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import Database from 'better-sqlite3';
import { flushingSteadily } from './steady-flush.js';

/** The header's `user_version`, four bytes that SQLite leaves to the program: a copy keeps its own CRC-32 there. */
const SEAL = { offset: 60, length: 4 };
const CHUNK = 1024 * 1024;

/**
 * Writes all that is committed in `source` to the new file `target`, as it stands at one moment: whoever writes meanwhile is
 * neither kept waiting nor seen. The copy is sealed and on the disk when this returns; when it throws, there is none.
 */
export function copyDatabase(source: string, target: string): void {
  // Before there is anything in it, so that nobody else ever reads a word of it.
  closeSync(openSync(target, 'wx', 0o600));
  try {
    flushingSteadily(target, () => vacuumInto(source, target));
    seal(target);
  } catch (error) {
    rmSync(target, { force: true });
    throw error;
  }
}

function vacuumInto(source: string, target: string): void {
  const connection = new Database(source, { readonly: true, fileMustExist: true, timeout: 5000 });
  try {
    connection.prepare('VACUUM INTO ?').run(target);
  } finally {
    connection.close();
  }
}

/** Writes the checksum of the file into it: SQLite's own check sees no change within a text. */
function seal(path: string): void {
  const file = openSync(path, 'r+');
  try {
    const bytes = Buffer.alloc(SEAL.length);
    bytes.writeUInt32BE(checksum(file));
    writeSync(file, bytes, 0, SEAL.length, SEAL.offset);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** `none` is a database that was not copied by `copyDatabase`, or has been in use since. */
export function readSeal(path: string): 'intact' | 'broken' | 'none' {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(SEAL.length);
    readSync(file, bytes, 0, SEAL.length, SEAL.offset);
    const sealed = bytes.readUInt32BE();
    if (sealed === 0) return 'none';
    return sealed === checksum(file) ? 'intact' : 'broken';
  } finally {
    closeSync(file);
  }
}

/** CRC-32 of the whole file, with zeros where the seal is. It is never 0, which says that there is no seal. */
function checksum(file: number): number {
  const chunk = Buffer.alloc(CHUNK);
  let sum = 0;
  for (let position = 0; ; ) {
    const length = readSync(file, chunk, 0, CHUNK, position);
    if (length === 0) return sum === 0 ? 1 : sum;
    if (position === 0) chunk.fill(0, SEAL.offset, SEAL.offset + SEAL.length);
    sum = crc32(chunk.subarray(0, length), sum);
    position += length;
  }
}
