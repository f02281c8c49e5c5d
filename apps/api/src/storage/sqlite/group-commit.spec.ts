import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { StorageFull, StorageUnavailable } from '../errors.js';
import { GroupCommit } from './group-commit.js';

describe('GroupCommit', () => {
  let folder: string;
  let connection: Database.Database;
  let commits: GroupCommit;
  let companion: { value: number; mark(): () => void };

  const insert = (n: number) => () => {
    companion.value = n;
    connection.prepare('INSERT INTO numbers VALUES (?)').run(n);
    return n;
  };
  const numbers = () => connection.prepare('SELECT n FROM numbers ORDER BY n').pluck().all();
  /** What another process would see: only what is committed. */
  const committed = () => {
    const other = new Database(join(folder, 'numbers.db'), { readonly: true });
    try {
      return other.prepare('SELECT n FROM numbers ORDER BY n').pluck().all();
    } finally {
      other.close();
    }
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'group-commit-'));
    connection = new Database(join(folder, 'numbers.db'));
    connection.pragma('journal_mode = WAL');
    connection.exec('CREATE TABLE numbers (n INTEGER PRIMARY KEY CHECK (n < 1000)); CREATE TABLE blobs (b BLOB)');
    companion = {
      value: 0,
      mark() {
        const { value } = this;
        return () => {
          this.value = value;
        };
      },
    };
    commits = new GroupCommit(connection, [companion]);
  });
  afterEach(() => {
    connection.close();
    rmSync(folder, { recursive: true });
  });

  it('answers only after the commit', async () => {
    const answered = commits.run(insert(1)).then(committed);
    expect(numbers()).toEqual([]);
    expect(await answered).toEqual([1]);
  });

  it('shares one transaction among calls that arrive together', async () => {
    const seen = await Promise.all(
      [1, 2, 3].map((n) =>
        commits.run(() => {
          insert(n)();
          return { mine: numbers(), others: committed() };
        }),
      ),
    );
    expect(seen.at(-1)).toEqual({ mine: [1, 2, 3], others: [] });
    expect(committed()).toEqual([1, 2, 3]);
  });

  it('undoes a call that fails without touching its neighbours', async () => {
    const settled = await Promise.allSettled([
      commits.run(insert(1)),
      commits.run(insert(1000)),
      commits.run(insert(2)),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(committed()).toEqual([1, 2]);
  });

  it('takes what is kept beside the database back together with the call', async () => {
    await commits.run(insert(1));
    await commits.run(insert(1000)).catch(() => undefined);
    expect(companion.value).toBe(1);
  });

  it('rejects the whole group when the disk is full, and works again when there is room', async () => {
    await commits.run(insert(1));
    const pages = connection.pragma('page_count', { simple: true });
    connection.pragma(`max_page_count = ${pages}`);
    const fill = () => connection.prepare('INSERT INTO blobs VALUES (zeroblob(1000000))').run();
    await expect(commits.run(fill)).rejects.toThrow(StorageFull);
    expect(committed()).toEqual([1]);
    expect(companion.value).toBe(1);
    connection.pragma('max_page_count = 1000000');
    await commits.run(insert(2));
    expect(committed()).toEqual([1, 2]);
  });

  it('commits what waits when it closes, and takes nothing afterwards', async () => {
    const waiting = commits.run(insert(1));
    commits.close();
    expect(await waiting).toBe(1);
    expect(committed()).toEqual([1]);
    await expect(commits.run(insert(2))).rejects.toThrow(StorageUnavailable);
  });
});
