import type Database from 'better-sqlite3';
import type { TaskFilter } from '../task-store.js';
import { type Bitmap, BLOCK, blockOf } from './bitmap.js';
import { rulesFor, tag } from './full-text.js';
import type { SearchBlocks } from './search-blocks.js';
import { rulesOf, type Stretch, valuesOf } from './task-filter.js';

/** So many tasks with the words are looked at one by one; of more, those that keep the other rules are walked along. */
const FEW = 512;
/** Milliseconds for which a search may hold the event loop. */
const SLICE_MS = 5;

/** Finds tasks by their words and any other rule, newest first. */
export class TaskSearch {
  constructor(
    private readonly connection: Database.Database,
    private readonly blocks: SearchBlocks,
  ) {}

  /** At most `limit` of them in the stretch. */
  async find(filter: TaskFilter, { low, high }: Stretch, limit: number): Promise<number[]> {
    const rules = rulesFor(filter.q, filter.type === null ? [] : [[tag('t', filter.type)]]);
    const search = this.blocks.search(rules, -1);
    const values = valuesOf(filter);
    const statements = this.statementsFor({ ...filter, type: null });
    const found: number[] = [];
    let began = performance.now();
    for (let last = high; last >= low && found.length < limit; ) {
      const block = blockOf(last);
      const part = { ...values, low: Math.max(low, block * BLOCK), high: last, limit: limit - found.length };
      const bits = search.find(block);
      const few = placesOf(bits, part.low - block * BLOCK, last - block * BLOCK);
      if (few) {
        const seqs = JSON.stringify(few.map((place) => block * BLOCK + place));
        found.push(...(statements.among.all({ ...part, seqs }) as number[]));
      } else found.push(...meeting(bits, block, statements.along.iterate(part) as Iterable<number>, part.limit));
      last = block * BLOCK - 1;
      if (performance.now() - began < SLICE_MS) continue;
      await new Promise<void>((resolve) => setImmediate(resolve));
      began = performance.now();
    }
    return found;
  }

  private statementsFor(filter: TaskFilter) {
    const rules = rulesOf(filter);
    const prepare = (source: string, more: string[], end: string) => {
      const where = [...more, ...rules].map((rule) => ` AND ${rule}`).join('');
      return this.connection.prepare(`SELECT t.seq FROM ${source} WHERE true${where} ${end}`).pluck();
    };
    return {
      among: prepare(
        'json_each(@seqs) one CROSS JOIN tasks t ON t.seq = one.value',
        [],
        'ORDER BY one.key LIMIT @limit',
      ),
      along: prepare('tasks t', ['t.seq BETWEEN @low AND @high'], 'ORDER BY t.seq DESC'),
    };
  }
}

/** The places from `high` down to `low`; null when they are not few. */
function placesOf(bits: Bitmap, low: number, high: number): number[] | null {
  const places: number[] = [];
  for (let at = bits.seek(high, -1); at !== null && at >= low; at = bits.seek(at - 1, -1)) {
    if (places.push(at) > FEW) return null;
  }
  return places;
}

function meeting(bits: Bitmap, block: number, seqs: Iterable<number>, limit: number): number[] {
  const found: number[] = [];
  for (const seq of seqs) {
    if (bits.has(seq - block * BLOCK) && found.push(seq) === limit) break;
  }
  return found;
}
