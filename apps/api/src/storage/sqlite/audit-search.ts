import type Database from 'better-sqlite3';
import type { AuditEntry } from '#audit-chain';
import type { AuditFilter, AuditPage } from '../audit-store.js';
import { auditEntry } from './audit-log.js';
import { AuditWalks, asksWords, type Direction, type Walk } from './audit-walks.js';
import type { auditEntries } from './schema.js';
import type { SearchIndex } from './search-index.js';

/** Bytes of details that one page may carry before it ends early. */
const PAGE_BYTES = 8 * 1024 * 1024;
/** Milliseconds for which a search may hold the event loop. */
const SLICE_MS = 5;

/** The columns of `auditEntries` under their names there. */
export const ROW_COLUMNS = `seq, at, actor_id AS actorId, actor_name AS actorName, actor_role AS actorRole, ip,
  user_agent AS userAgent, request_id AS requestId, action, target, task_id AS taskId, outcome, detail,
  prev_hash AS prevHash, hash`;

const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * Finds entries by any filter. Each rule is a sorted walk over an index; entries that keep them all are where the walks
 * meet. So the work follows the rarest rule and the page, never the size of the audit.
 */
export class AuditSearch {
  private readonly walks: AuditWalks;
  private readonly row: Database.Statement<[number]>;

  constructor(
    connection: Database.Database,
    private readonly words: SearchIndex,
  ) {
    this.walks = new AuditWalks(connection, words.blocks);
    this.row = connection.prepare(`SELECT ${ROW_COLUMNS} FROM audit_entries WHERE seq = ?`);
  }

  /** At most `limit` entries from `start` to `end`, both inclusive, in that order; fewer when they are large. */
  async find(filter: AuditFilter, start: number, end: number, limit: number, signal?: AbortSignal): Promise<AuditPage> {
    const direction: Direction = start <= end ? 1 : -1;
    const { from, to } = filter;
    if (from !== undefined || to !== undefined) await this.walks.times.catchUp(pause);
    if (asksWords(filter)) await this.words.catchUp();
    const walks = this.walks.of(filter, direction);
    const entries: AuditEntry[] = [];
    let room = PAGE_BYTES;
    let began = performance.now();
    for (let seq: number | null = start; seq !== null && (end - seq) * direction >= 0 && !signal?.aborted; ) {
      const next = nextOf(walks, seq);
      if (next === seq) {
        const row = this.row.get(seq) as typeof auditEntries.$inferSelect | undefined;
        if (row) {
          room -= row.detail.length;
          if (entries.length === limit || (entries.length > 0 && room < 0)) return { entries, next: seq };
          entries.push(auditEntry(row));
        }
        seq += direction;
      } else seq = next;
      if (performance.now() - began < SLICE_MS) continue;
      await pause();
      began = performance.now();
    }
    return { entries, next: null };
  }

  /** The first entry that is not older than `wall`, in the order of the chain. */
  async firstSince(wall: number): Promise<number | null> {
    await this.walks.times.catchUp(pause);
    return this.walks.times.seek(0, 1, wall, Number.MAX_SAFE_INTEGER);
  }
}

/** `seq` itself when all walks hold it; else the furthest that one of them asks for. */
function nextOf(walks: readonly Walk[], seq: number): number | null {
  for (const walk of walks) {
    const next = walk.seek(seq);
    if (next !== seq) return next;
  }
  return seq;
}
