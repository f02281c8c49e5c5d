import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { codeOf, messageOf } from './system-error.js';

export interface WorkerIdentity {
  /** A UUID, the same for as long as the folder is kept. */
  readonly id: string;
  /** How many times the identity has been opened, this time included. */
  readonly generation: number;
  /** Lets another process have the folder. */
  release(): void;
}

/** Another process works with the same folder. */
export class SpoolDirInUse extends Error {
  constructor(readonly directory: string) {
    super(
      `another worker is using ${JSON.stringify(directory)}; stop that worker, or set SPOOL_DIR to a folder of this one's own`,
    );
    this.name = 'SpoolDirInUse';
  }
}

// A connection that is garbage-collected closes, and the lock with it, even while the identity's id is still in use.
const held = new Set<Database.Database>();

/**
 * The identity that a folder gives its worker, made at the first call, with the generation already raised on disk.
 * The folder is this process's until `release` or the process's end, however that comes: the lock is the kernel's, on
 * the open file. (POSIX gives it up when this process reads the file and closes it, as a file-read task could; a second
 * worker is then told apart by its generation only, by the server.)
 * Throws `SpoolDirInUse` when another process has it, and otherwise an Error that names file and fix.
 */
export function openIdentity(directory: string): WorkerIdentity {
  const file = join(directory, 'identity.db');
  let database: Database.Database | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    database = new Database(file, { timeout: 0 });
    const { id, generation } = nextGeneration(database);
    held.add(database);
    return { id, generation, release: releaser(database) };
  } catch (cause) {
    database?.close();
    throw described(cause, directory, file);
  }
}

function nextGeneration(database: Database.Database): { id: string; generation: number } {
  // Before anything is read: a connection in this mode keeps each lock that it gets, after the commit as well.
  database.pragma('locking_mode = EXCLUSIVE');
  // Of the journals, this one is sure to lock the database file itself for as long as the connection lives.
  database.pragma('journal_mode = DELETE');
  // A generation that is lost with the power would be used twice, and the server would refuse the later run.
  database.pragma('synchronous = FULL');
  return database
    .transaction(() => {
      const flaw = database.pragma('integrity_check', { simple: true });
      if (flaw !== 'ok') throw new Error(String(flaw));
      database.exec(`CREATE TABLE IF NOT EXISTS identity (
        single INTEGER PRIMARY KEY CHECK (single = 1),
        id TEXT NOT NULL,
        generation INTEGER NOT NULL
      ) STRICT`);
      const next = database
        .prepare(
          `INSERT INTO identity (single, id, generation) VALUES (1, ?, 1)
           ON CONFLICT (single) DO UPDATE SET generation = generation + 1
           RETURNING id, generation`,
        )
        .get(randomUUID());
      if (!isIdentity(next)) throw new Error('it holds no worker identity');
      return next;
    })
    .exclusive();
}

function isIdentity(row: unknown): row is { id: string; generation: number } {
  if (typeof row !== 'object' || row === null || !('id' in row) || !('generation' in row)) return false;
  const isUuid = typeof row.id === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(row.id);
  return isUuid && Number.isSafeInteger(row.generation) && Number(row.generation) > 0;
}

function releaser(database: Database.Database): () => void {
  return () => {
    held.delete(database);
    database.close();
  };
}

function described(cause: unknown, directory: string, file: string): Error {
  const code = codeOf(cause);
  const reason = messageOf(cause);
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return new SpoolDirInUse(directory);
  if (code === '' || /^SQLITE_(NOTADB|CORRUPT|ERROR|MISMATCH|CONSTRAINT|SCHEMA|FORMAT)/.test(code)) {
    return new Error(
      `the worker's identity file ${JSON.stringify(file)} is damaged: ${reason}; delete it, and the worker gets a new identity`,
      { cause },
    );
  }
  return new Error(
    `cannot keep the worker's identity in ${JSON.stringify(file)}: ${reason}; make sure that it can be written and has free space, or set SPOOL_DIR`,
    { cause },
  );
}
