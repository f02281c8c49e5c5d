import { StorageFull, StorageUnavailable } from '../errors.js';

/** Errors of SQLite that say something about the disk, in the words of the port; others are bugs and stay as they are. */
export function asStorageError(error: unknown): unknown {
  const { code = '', message } = (error ?? {}) as { code?: string; message?: string };
  if (code === 'SQLITE_FULL') return new StorageFull({ cause: error });
  if (/^SQLITE_(IOERR|CANTOPEN|READONLY|CORRUPT|NOTADB|BUSY|LOCKED)/.test(code)) {
    return new StorageUnavailable(`the storage cannot be reached: ${message} (${code})`, { cause: error });
  }
  return error;
}
