import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { StorageFull, UnusableDatabase } from '../errors.js';
import { holdLock } from './database.js';

/**
 * Puts another database in the place of the one at `path`, while no server can use either. Whenever the process ends, the
 * old one or the new one stands at `path`, whole; what is half done lies in a folder beside it, which the next one clears.
 */
export class Replacement {
  /** Where the new database is made ready. */
  readonly staged: string;
  private readonly folder: string;

  private constructor(
    private readonly path: string,
    private readonly lock: Database.Database,
  ) {
    this.folder = `${path}.restoring`;
    this.staged = join(this.folder, basename(path));
  }

  /** Throws `UnusableDatabase` while a server uses `path`. */
  static begin(path: string): Replacement {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const lock = holdLock(path);
    try {
      giveTo(ownerOf(path), `${path}.lock`);
      const replacement = new Replacement(path, lock);
      replacement.clear();
      removeAliases(path);
      mkdirSync(replacement.folder, { mode: 0o700 });
      return replacement;
    } catch (error) {
      lock.close();
      throw error;
    }
  }

  /** Copies a database to where the new one is made ready, with its log if it has one. */
  stage(source: string): void {
    for (const suffix of ['', '-wal']) {
      if (suffix !== '' && !hasContent(source + suffix)) continue;
      copyFileSync(source + suffix, this.staged + suffix, constants.COPYFILE_FICLONE);
      chmodSync(this.staged + suffix, 0o600);
    }
  }

  /** Sets the old database aside under the name `aside`, and the staged one in its place. Says whether there was one. */
  commit(aside: string): boolean {
    // The last to close a database brings its log into the file, if there is room.
    if (hasContent(`${this.staged}-wal`)) throw new StorageFull();
    giveTo(ownerOf(this.path), this.staged);
    syncFile(this.staged);
    const replaced = existsSync(this.path);
    if (replaced) {
      bringIn(this.path);
      keepAs(this.path, aside);
      if (hasContent(`${this.path}-wal`)) keepAs(`${this.path}-wal`, `${aside}-wal`);
      syncFile(dirname(this.path));
    }
    // Left beside the new database, the log of the old one would be read into it.
    for (const suffix of ['-wal', '-shm']) rmSync(this.path + suffix, { force: true });
    renameSync(this.staged, this.path);
    syncFile(dirname(this.path));
    return replaced;
  }

  /** Clears what was half done, and lets servers in again. */
  end(): void {
    this.clear();
    this.lock.close();
  }

  private clear(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Brings the log of a database into its file. One that cannot be read, which may be why, stays in two parts. */
function bringIn(path: string): void {
  if (!isReadable(path)) return;
  const connection = new Database(path, { timeout: 5000 });
  try {
    const [outcome] = connection.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    if (outcome?.busy) {
      throw new UnusableDatabase(
        `${path} is being read by another program, such as a backup. Try again when that has ended.`,
      );
    }
  } finally {
    connection.close();
  }
}

/** Only looks: whoever may write would clear the log away on closing. */
function isReadable(path: string): boolean {
  const connection = new Database(path, { readonly: true });
  try {
    connection.prepare('SELECT count(*) FROM sqlite_schema').get();
    return true;
  } catch (error) {
    if (/^SQLITE_(CORRUPT|NOTADB|IOERR)/.test((error as { code?: string }).code ?? '')) return false;
    throw error;
  } finally {
    connection.close();
  }
}

/** A second name for the file, so that the first can be given to another without ever being nobody's. */
function keepAs(path: string, name: string): void {
  try {
    linkSync(path, name);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
    copyFileSync(path, name, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    syncFile(name);
  }
}

/** A process that ended between the two steps left a second name for a database that is in use. */
function removeAliases(path: string): void {
  if (!existsSync(path)) return;
  const { ino, nlink } = statSync(path);
  if (nlink === 1) return;
  const prefix = `${basename(path)}.before-restore-`;
  for (const name of readdirSync(dirname(path)).filter((candidate) => candidate.startsWith(prefix))) {
    const alias = join(dirname(path), name);
    if (statSync(alias).ino === ino) unlinkSync(alias);
  }
}

/** Who is to own what stands at `path`: whoever owns what stands there now, or the folder. */
function ownerOf(path: string): { uid: number; gid: number } {
  return statSync(existsSync(path) ? path : dirname(path));
}

/** A restore by root leaves files that the server's own user can open. */
function giveTo({ uid, gid }: { uid: number; gid: number }, path: string): void {
  if (process.getuid?.() === 0) chownSync(path, uid, gid);
}

function hasContent(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function syncFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
