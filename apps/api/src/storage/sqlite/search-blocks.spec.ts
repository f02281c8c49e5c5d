import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditFilter } from '../audit-store.js';
import { EVERY_TASK, type TaskFilter } from '../task-store.js';
import { BLOCK } from './bitmap.js';
import { type OpenDatabase, openDatabase } from './database.js';
import { SqliteStorage } from './sqlite-storage.js';
import { addEntries, addTasks, COUNT, type PastEntry, type PastTask, START } from './testing/long-history.js';

const BORDERS = [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK - 1, 2 * BLOCK, 2 * BLOCK + 1, COUNT];
const PAGE = 7;

let folder: string;
let database: OpenDatabase;
let storage: SqliteStorage;
let entries: PastEntry[];
let tasks: PastTask[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'search-blocks-'));
  database = openDatabase(join(folder, 'test.db'));
  database.connection.pragma('synchronous = OFF');
  entries = addEntries(database.connection);
  tasks = addTasks(database.connection);
  storage = new SqliteStorage(database, { maxPending: 10 });
}, 60_000);
afterAll(() => {
  storage.close();
  rmSync(folder, { recursive: true });
});

const prepared = (search: string) =>
  database.connection
    .prepare('SELECT DISTINCT block FROM search_blocks WHERE search = ? ORDER BY block')
    .pluck()
    .all(search);

async function keepUp(until = () => false): Promise<void> {
  for (let more = true; more && !until(); ) more = (await storage.indexNew()) > 0;
}

/** Every choice of one of each. */
const combined = <T>(choices: Partial<T>[][]): Partial<T>[] =>
  choices.reduce<Partial<T>[]>(
    (made, choice) => made.flatMap((one) => choice.map((more) => ({ ...one, ...more }))),
    [{}],
  );

const TEXTS = ['RSYNC photos', 'part-7.txt', 'GRÖßE', 'needle', 'rsync 𞤀'];
const TIME = { from: START + 9000, to: START + BLOCK + 9000 };
const AUDIT_FILTERS = combined<AuditFilter>([
  [{}, { action: 'task.submitted' }, { action: 'token.created' }],
  [{}, { actor: 'macbook' }, { actor: 'id-of-laptop' }, { actor: 'auditor' }],
  [{}, { outcome: 'denied' }, TIME],
  [{}, ...TEXTS.map((q) => ({ q }))],
]);
const TASK_FILTERS = combined<TaskFilter>([
  [{}, { status: 'lost' }, { status: 'completed' }],
  [{}, { type: 'file-read' }, { type: 'command' }],
  [{}, { worker: 'nas' }, TIME],
  [{}, ...TEXTS.map((q) => ({ q }))],
]);

const plain = (text: string) =>
  ` ${text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^a-zß0-9𞤀]+/u)
    .join(' ')} `;
/** By the words looked for, and the text: there are few of both. */
const known = new Map(TEXTS.map((q) => [q, new Map<string, boolean>()]));
function holds(text: string, q: string): boolean {
  const ofWords = known.get(q) as Map<string, boolean>;
  const held = ofWords.get(text) ?? q.split(' ').every((word) => plain(text).includes(plain(word)));
  ofWords.set(text, held);
  return held;
}

function keepsEntry(entry: PastEntry, { action, actor, outcome, q, from, to }: AuditFilter): boolean {
  return (
    (action === undefined || entry.action === action) &&
    (actor === undefined || entry.actor === actor || `id-of-${entry.actor}` === actor) &&
    (outcome === undefined || entry.outcome === outcome) &&
    (from === undefined || entry.at >= from) &&
    (to === undefined || entry.at <= to) &&
    (q === undefined || holds(entry.text, q))
  );
}

function keepsTask(task: PastTask, { status, type, worker, q, from, to }: TaskFilter): boolean {
  return (
    (status === null || task.status === status) &&
    (type === null || task.type === type) &&
    (worker === null || task.worker === worker) &&
    (from === null || task.createdAt >= from) &&
    (to === null || task.createdAt <= to) &&
    (q === null || holds(task.text, q))
  );
}

/** By the filter: what a look at each row finds. */
const scanned = new Map<object, number[]>();
function scan<T extends { seq: number }>(filter: object, rows: T[], keeps: (row: T) => boolean): number[] {
  const found = scanned.get(filter) ?? rows.filter(keeps).map(({ seq }) => seq);
  scanned.set(filter, found);
  return found;
}

/** A page from a border of the blocks or an end, in both orders. */
async function expectExactEntries(isThere: (seq: number) => boolean = () => true): Promise<void> {
  for (const [index, filter] of AUDIT_FILTERS.entries()) {
    const kept = scan(filter, entries, (entry) => keepsEntry(entry, filter)).filter(isThere);
    const place = BORDERS[index % BORDERS.length] as number;
    const older = (await storage.audit.list(filter, PAGE, place)).entries.map(({ seq }) => seq);
    const expected = kept.filter((seq) => seq < place).slice(-PAGE);
    expect({ filter, place, older }).toEqual({ filter, place, older: expected.reverse() });
    const after = COUNT - place;
    const newer = (await storage.audit.page(filter, { after, through: COUNT }, PAGE)).entries.map(({ seq }) => seq);
    const next = kept.filter((seq) => seq > after).slice(0, PAGE);
    expect({ filter, after, newer }).toEqual({ filter, after, newer: next });
  }
}

async function expectExactTasks(isThere: (seq: number) => boolean = () => true): Promise<void> {
  for (const [index, some] of TASK_FILTERS.entries()) {
    const filter = { ...EVERY_TASK, ...some };
    const kept = scan(some, tasks, (task) => keepsTask(task, filter)).filter(isThere);
    const place = BORDERS[index % BORDERS.length] as number;
    const page = await storage.tasks.list(filter, PAGE, place);
    const found = page.tasks.map(({ id }) => Number(id.slice('id-'.length)));
    const expected = kept.filter((seq) => seq < place).slice(-PAGE);
    expect({ some, place, found }).toEqual({ some, place, found: expected.reverse() });
  }
}

describe('a search of a long history finds what a look at each row would', () => {
  it('before anything is prepared, as in a database of an older version', async () => {
    await expectExactEntries();
    await expectExactTasks();
    expect(prepared('task_search')).toEqual([]);
  }, 120_000);

  it('when the server was stopped while it prepared a block', async () => {
    await keepUp(() => prepared('task_search').length > 0 && prepared('audit_search').length > 0);
    await storage.indexNew();
    storage.close();
    database = openDatabase(join(folder, 'test.db'));
    storage = new SqliteStorage(database, { maxPending: 10 });
    await expectExactEntries();
    await expectExactTasks();
    await keepUp();
    expect([prepared('audit_search'), prepared('task_search')]).toEqual([
      [0, 1],
      [0, 1],
    ]);
  }, 120_000);

  it('when every complete block is prepared, with the terms that are common in it', async () => {
    await expectExactEntries();
    await expectExactTasks();
    const terms = database.connection
      .prepare(`SELECT term FROM search_blocks WHERE search = 'task_search' AND block = 1 AND length(bits) > 0`)
      .pluck()
      .all();
    expect(terms).toEqual(
      expect.arrayContaining(['text : "rsync"', 'text : "photos"', 'tags : "t66696c652d72656164"']),
    );
    expect(terms).not.toContain('text : "needle"');
  }, 120_000);

  it('after what is old was removed, with the blocks that it filled', async () => {
    const kept = BLOCK + 100;
    database.connection.prepare('DELETE FROM tasks WHERE seq < ? OR seq % 5 = 0').run(kept);
    const now = { wall: START + COUNT, monotonic: 0 };
    const checkpoint = await storage.audit.checkpoint(START + kept, now);
    const removedThrough = checkpoint?.removedThrough ?? 0;
    expect(removedThrough).toBeGreaterThanOrEqual(BLOCK);
    while ((await storage.audit.removeCovered(10_000)) > 0);
    await keepUp();
    expect([prepared('audit_search'), prepared('task_search')]).toEqual([[1], [1]]);
    await expectExactEntries((seq) => seq > removedThrough);
    await expectExactTasks((seq) => seq >= kept && seq % 5 !== 0);
  }, 120_000);
});
