import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { type AuditFile, isDatabase, openExport } from '#audit-chain';
import { AuditReader } from './sqlite/audit-reader.js';

/** Opens a database or an NDJSON export by what it begins with; `-` is an export on standard input. Throws if neither. */
export function openAuditFile(path: string, stdin: Readable = process.stdin): AuditFile {
  if (path === '-') return openExport(stdin);
  if (!isDatabase(path)) return openExport(createReadStream(path));
  const reader = new AuditReader(path);
  return {
    kind: 'database',
    entries: async function* () {
      yield* reader.entries();
    },
    heads: () => reader.heads(),
    close: () => reader.close(),
  };
}
