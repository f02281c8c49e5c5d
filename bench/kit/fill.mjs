import { openDatabase } from '../../dist/apps/api/storage/sqlite/database.js';
import { SqliteStorage } from '../../dist/apps/api/storage/sqlite/sqlite-storage.js';
import { EMPTY_CHAIN, linkEntry } from '../../dist/libs/audit-chain/index.js';

export const START = 1_760_000_000_000;
/** Milliseconds from one entry, or one task, to the next. */
export const STEP = 30_000;
const PART = 20_000;

export const uuid = (n) => `0199d4a8-7c3e-7b2a-8f64-${n.toString(16).padStart(12, '0')}`;
const actorOf = (name, role) => ({
  id: uuid([...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7)),
  name,
  role,
});
const CLIENTS = ['laptop', 'phone', 'ci', 'assistant', 'nightly'].map((name) => actorOf(name, 'client'));
const AUDITOR = actorOf('auditor', 'viewer');
export const WORKER = actorOf('macbook', 'worker');
const FROM = { ip: '203.0.113.7', userAgent: 'curl/8.5.0' };
const FOLDERS = ['src', 'notes', 'photos', 'backup', 'mail', 'music', 'work', 'archive'];

const commandOf = (task) => {
  const folder = FOLDERS[task % FOLDERS.length];
  return `rsync -a --delete ~/${folder}/part-${task} /mnt/backup/${folder}${task % 50_000 === 7 ? ' # a-rare-word' : ''}`;
};

/** The n-th event of a history: tasks come, are handed out and end; now and then something rare happens. */
function eventOf(n) {
  const task = Math.floor(n / 3);
  const event = { target: null, taskId: uuid(task), outcome: 'success' };
  if (n % 50_000 === 49_999) {
    const detail = { name: 'spare', note: 'a-rare-word' };
    return [{ ...event, action: 'token.created', taskId: null, target: 'token', detail }, AUDITOR];
  }
  if (n % 5000 === 4999) {
    const detail = { route: 'GET /audit' };
    return [{ ...event, action: 'auth.forbidden', taskId: null, outcome: 'denied', detail }, CLIENTS[0]];
  }
  if (n % 3 === 0) {
    const detail = { type: 'command', command: commandOf(task), timeout: 30_000 };
    return [{ ...event, action: 'task.submitted', detail }, CLIENTS[task % CLIENTS.length]];
  }
  if (n % 3 === 1) return [{ ...event, action: 'task.claimed', target: 'macbook', detail: { attempt: 1 } }, WORKER];
  const failed = task % 20 === 0;
  const detail = { attempt: 1, exitCode: failed ? 1 : 0, outputBytes: { stdout: task % 900, stderr: 0 } };
  const action = failed ? 'task.failed' : 'task.completed';
  return [{ ...event, action, target: 'macbook', outcome: failed ? 'failure' : 'success', detail }, WORKER];
}

/** Opens a database, without waiting for the disk while `fill` fills it; answers its storage. */
export function filledStorage(path, fill) {
  const database = openDatabase(path);
  const { connection } = database;
  connection.pragma('synchronous = OFF');
  fill(connection);
  connection.pragma('synchronous = FULL');
  connection.pragma('wal_checkpoint(TRUNCATE)');
  return new SqliteStorage(database, { maxPending: 10_000_000 });
}

function inParts(connection, count, add) {
  const part = connection.transaction((first, last) => {
    for (let n = first; n < last; n += 1) add(n);
  });
  for (let n = 0; n < count; n += PART) part(n, Math.min(count, n + PART));
}

export function fillAudit(connection, count) {
  const insert = connection.prepare(`INSERT INTO audit_entries VALUES (${Array(15).fill('?').join()})`);
  let head = EMPTY_CHAIN;
  inParts(connection, count, (n) => {
    const [event, actor] = eventOf(n);
    const entry = linkEntry(head, event, { ...actor, ...FROM, requestId: uuid(n) }, START + n * STEP);
    const { seq, at, ip, userAgent, requestId, action, target, taskId, outcome, detail, prevHash, hash } = entry;
    const who = [actor.id, actor.name, actor.role, ip, userAgent, requestId];
    insert.run(seq, at, ...who, action, target, taskId, outcome, JSON.stringify(detail), prevHash, hash);
    head = entry;
  });
}

/** Tasks that have ended, or with `pending` wait for a worker. */
export function fillTasks(connection, count, { pending = false } = {}) {
  const columns = ['id', 'type', 'status', 'timeout', 'expires_in', 'created_at', 'expires_at', 'priority', 'attempt'];
  columns.push('tries', 'reported', 'completed_at', 'started_at', 'lease_worker');
  const insert = connection.prepare(`INSERT INTO tasks (${columns}) VALUES (${columns.map(() => '?')})`);
  const input = connection.prepare('INSERT INTO task_inputs (task_seq, shown) VALUES (?, ?)');
  const result = connection.prepare(
    `INSERT INTO task_results VALUES (?, ?, ?, NULL, 5, 3, 0, 0, 0, 'utf8', 'utf8', NULL, NULL, 'ok', '')`,
  );
  const now = Date.now();
  inParts(connection, count, (n) => {
    const at = pending ? now : START + n * STEP;
    const type = n % 10 === 0 ? 'file-read' : 'command';
    const status = pending ? 'pending' : n % 20 === 0 ? 'failed' : n % 10_000 === 5 ? 'lost' : 'completed';
    const ended = pending
      ? [0, 0, 0, null, null, null]
      : [1, 1, 1, at + 900, at + 5, n % 5000 === 0 ? 'nas' : 'macbook'];
    const { lastInsertRowid } = insert.run(
      uuid(n),
      pending ? 'command' : type,
      status,
      30_000,
      86_400_000,
      at,
      at + 86_400_000,
      0,
      ...ended,
    );
    input.run(
      lastInsertRowid,
      JSON.stringify(type === 'command' ? { command: commandOf(n) } : { path: `~/notes/${n}.txt` }),
    );
    if (!pending) result.run(lastInsertRowid, status, status === 'completed' ? 0 : 1);
  });
}
