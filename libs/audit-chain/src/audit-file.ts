import { closeSync, openSync, readSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { AuditEntry, SignedHead } from './chain.js';

/** An audit outside of its server: a database, or an export. */
export interface AuditFile {
  kind: 'database' | 'export';
  /** The chain in its order; a text is what stands where an entry should, and says why it is none. */
  entries(): AsyncIterable<AuditEntry | string>;
  /** The signed heads that came with it. */
  heads(): SignedHead[];
  close(): void;
}

/** Whether a file is a SQLite database, by what it begins with. Throws when it cannot be read. */
export function isDatabase(path: string): boolean {
  const magic = Buffer.alloc(16);
  const file = openSync(path, 'r');
  try {
    readSync(file, magic);
  } finally {
    closeSync(file);
  }
  return magic.toString('latin1') === 'SQLite format 3\0';
}

/** An export as NDJSON. Its entries throw when it does not begin as one does. */
export function openExport(input: Readable): AuditFile {
  return {
    kind: 'export',
    entries: async function* () {
      let number = 0;
      for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
        number++;
        if (number === 1 && !line.startsWith('{'))
          throw new Error('it is neither a database nor an export of an audit');
        if (line !== '') yield parseEntry(line) ?? `line ${number} is not an entry of an audit`;
      }
    },
    heads: () => [],
    close: () => input.destroy(),
  };
}

function parseEntry(line: string): AuditEntry | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // Told by the number of the line.
    return null;
  }
  const { seq, hash, prevHash, detail } = (value ?? {}) as Partial<Record<keyof AuditEntry, unknown>>;
  const isEntry =
    Number.isSafeInteger(seq) && typeof hash === 'string' && typeof prevHash === 'string' && typeof detail === 'object';
  return isEntry && detail !== null ? (value as AuditEntry) : null;
}
