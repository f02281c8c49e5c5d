import type Database from 'better-sqlite3';
import { BLOCK } from '../bitmap.js';

/** Two blocks that are complete, and the beginning of a third. */
export const COUNT = 2 * BLOCK + 500;
export const START = 1_800_000_000_000;

export interface PastEntry {
  seq: number;
  at: number;
  action: string;
  actor: string;
  outcome: string;
  text: string;
}

export interface PastTask {
  seq: number;
  createdAt: number;
  type: string;
  status: string;
  worker: string;
  text: string;
}

/** A number from 0 on below `below`, which looks like chance and is the same in every run. */
function chance(n: number, salt: number, below: number): number {
  let mixed = Math.imul(n ^ (salt * 0x9e3779b9), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) % below;
}

const rarely = (n: number, common: string, rare: string) => (chance(n, 1, 9000) === 0 ? rare : common);
/** The clock goes on, and now and then jumps back. */
const timeOf = (n: number) => START + n - (chance(n, 2, 500) === 0 ? 3000 : 0);

function textOf(n: number): string {
  const folder = ['photos', 'Größe', 'mail', 'notes'][chance(n, 3, 4)];
  return rarely(n, `rsync ~/${folder}/part-${chance(n, 4, 9)}.txt`, 'needle part of 7 txt');
}

/** Entries whose hashes nobody follows. */
export function addEntries(connection: Database.Database): PastEntry[] {
  const insert = connection.prepare(
    `INSERT INTO audit_entries VALUES (@seq, @at, 'id-of-' || @actor, @actor, 'client', NULL, NULL, NULL, @action, NULL, NULL,
     @outcome, json_object('command', @text), '', '')`,
  );
  return added<PastEntry>(connection, insert, (seq) => {
    const worked = chance(seq, 5, 3) > 0;
    return {
      seq,
      at: timeOf(seq),
      action: worked ? 'task.completed' : 'task.submitted',
      actor: worked ? 'macbook' : rarely(seq + 1, 'laptop', 'auditor'),
      outcome: rarely(seq + 2, 'success', 'denied'),
      text: textOf(seq),
    };
  });
}

export function addTasks(connection: Database.Database): PastTask[] {
  const insert = connection.prepare(
    `INSERT INTO tasks (seq, id, type, status, timeout, expires_in, created_at, expires_at, lease_worker)
     VALUES (@seq, 'id-' || @seq, @type, @status, 1000, 1000, @createdAt, @createdAt + 1000, @worker)`,
  );
  const input = connection.prepare(
    `INSERT INTO task_inputs (task_seq, shown) VALUES (@seq, json_object('command', @text))`,
  );
  return added<PastTask>(connection, { run: (task) => [insert.run(task), input.run(task)] }, (seq) => ({
    seq,
    createdAt: timeOf(seq),
    type: chance(seq, 5, 10) === 0 ? 'file-read' : 'command',
    status: rarely(seq + 1, chance(seq, 6, 3) === 0 ? 'failed' : 'completed', 'lost'),
    worker: rarely(seq + 2, 'macbook', 'nas'),
    text: textOf(seq),
  }));
}

function added<T>(connection: Database.Database, insert: { run(row: T): unknown }, rowOf: (seq: number) => T): T[] {
  const rows = Array.from({ length: COUNT }, (_, n) => rowOf(n + 1));
  connection.transaction(() => {
    for (const row of rows) insert.run(row);
  })();
  return rows;
}
