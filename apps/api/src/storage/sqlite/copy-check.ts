import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { type AuditHead, type Break, ChainCheck } from '#audit-chain';
import { UnusableDatabase } from '../errors.js';
import { AuditReader } from './audit-reader.js';
import { schemaVersions } from './migrations.js';

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
