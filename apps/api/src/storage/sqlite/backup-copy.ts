import { closeSync, fsyncSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import Database from 'better-sqlite3';
import type { AuditHead } from '../audit-chain.js';
import { type Break, ChainCheck } from '../audit-check.js';
import { UnusableDatabase } from '../errors.js';
import { AuditReader } from './audit-reader.js';
import { schemaVersions } from './migrations.js';

/** The header's `user_version`, four bytes that SQLite leaves to the program: a backup keeps its own CRC-32 there. */
const SEAL = { offset: 60, length: 4 };
const CHUNK = 1024 * 1024;
/** How many audit entries are followed between two words about it. */
const TOLD_EVERY = 10_000;

/** Hears how far a long piece of work is. */
export type Tell = (progress: string) => void;

/** What is known of a copy whose pages are sound. */
export interface CopyFacts {
  /** Audit entries, and the last of them; null when there is none. */
  entries: number;
  head: AuditHead | null;
  /** Where the audit chain is not what was written. */
  broken: Break | null;
}

/**
 * Writes all that is committed in `source` to `target`, an empty file, as it stands at one moment: whoever writes meanwhile
 * is neither kept waiting nor seen. The copy is on the disk when this returns.
 */
export function copyDatabase(source: string, target: string): void {
  const connection = new Database(source, { readonly: true, fileMustExist: true, timeout: 5000 });
  try {
    connection.prepare('VACUUM INTO ?').run(target);
  } finally {
    connection.close();
  }
  seal(target);
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

/**
 * Looks at every page of a copy, and follows its audit chain link by link. Errors call it by `name`; `tell` hears how far
 * it is. Throws `UnusableDatabase` when it is damaged, is not a database of this program, or was written by a newer version.
 */
export function checkCopy(path: string, name: string, tell: Tell): CopyFacts {
  if (statSync(path).size === 0) throw new UnusableDatabase(`${name} is empty: it is not a database of this program`);
  try {
    tell('checking every page');
    checkPages(path, name);
    return followChain(path, tell);
  } catch (error) {
    if (error instanceof UnusableDatabase) throw error;
    throw new UnusableDatabase(`${name} is damaged: ${(error as Error).message}`, { cause: error });
  }
}

function checkPages(path: string, name: string): void {
  const connection = new Database(path, { readonly: true, fileMustExist: true });
  try {
    if (schemaVersions(connection, name).applied === 0) {
      throw new UnusableDatabase(`${name} is not a database of this program`);
    }
    const found = connection.pragma('integrity_check(1)', { simple: true });
    if (found !== 'ok') throw new UnusableDatabase(`${name} is damaged: ${found}`);
  } finally {
    connection.close();
  }
}

function followChain(path: string, tell: Tell): CopyFacts {
  const reader = new AuditReader(path);
  try {
    const chain = new ChainCheck(reader.heads());
    for (const entry of reader.entries()) {
      if (!chain.follow(entry)) break;
      if (chain.entries % TOLD_EVERY === 0) tell(`following the audit: ${chain.entries} entries`);
    }
    const { broken } = chain.finish();
    return { entries: chain.entries, head: chain.head, broken };
  } finally {
    reader.close();
  }
}
