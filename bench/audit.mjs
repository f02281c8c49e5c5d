// How long each filter of the audit takes, through the store, on a database of N entries (default a million): the first
// page and the hundredth, of common and of rare values. Each is asked for 50 times, after one that warms the file's pages.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { EMPTY_CHAIN, linkEntry } from '../dist/apps/api/storage/audit-chain.js';
import { ChainCheck } from '../dist/apps/api/storage/audit-check.js';
import { openDatabase } from '../dist/apps/api/storage/sqlite/database.js';
import { SqliteStorage } from '../dist/apps/api/storage/sqlite/sqlite-storage.js';

const ENTRIES = Number(process.argv[2] ?? 1_000_000);
const RUNS = 50;
const PAGE = 50;
const FAR_PAGES = 100;
const START = 1_760_000_000_000;
const STEP = 30_000;

const folder = mkdtempSync(join(tmpdir(), 'bench-audit-'));
const database = openDatabase(join(folder, 'audit.db'));

const uuid = (n) => `0199d4a8-7c3e-7b2a-8f64-${n.toString(16).padStart(12, '0')}`;
const actorOf = (name, role) => ({
  id: uuid([...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7)),
  name,
  role,
});
const clients = ['laptop', 'phone', 'ci', 'assistant', 'nightly'].map((name) => actorOf(name, 'client'));
const rareActor = actorOf('auditor', 'viewer');
const worker = actorOf('macbook', 'worker');
const from = { ip: '203.0.113.7', userAgent: 'curl/8.5.0' };
const FOLDERS = ['src', 'notes', 'photos', 'backup', 'mail', 'music', 'work', 'archive'];

/** The n-th entry: tasks come, are handed out and end; now and then something rare happens. */
function eventOf(n) {
  const task = Math.floor(n / 3);
  const rare = n % 50_000 === 49_999;
  const event = { target: null, taskId: uuid(task), outcome: 'success' };
  if (rare)
    return [
      {
        ...event,
        action: 'token.created',
        taskId: null,
        target: 'token',
        detail: { name: 'spare', note: 'a-rare-word' },
      },
      rareActor,
    ];
  if (n % 5000 === 4999)
    return [
      { ...event, action: 'auth.forbidden', taskId: null, outcome: 'denied', detail: { route: 'GET /audit' } },
      clients[0],
    ];
  const folderName = FOLDERS[task % FOLDERS.length];
  if (n % 3 === 0) {
    const detail = {
      type: 'command',
      command: `rsync -a --delete ~/${folderName}/part-${task} /mnt/backup/${folderName}`,
      timeout: 30_000,
    };
    return [{ ...event, action: 'task.submitted', detail }, clients[task % clients.length]];
  }
  if (n % 3 === 1) return [{ ...event, action: 'task.claimed', target: 'macbook', detail: { attempt: 1 } }, worker];
  const failed = task % 20 === 0;
  const detail = { attempt: 1, exitCode: failed ? 1 : 0, outputBytes: { stdout: task % 900, stderr: 0 } };
  return [
    {
      ...event,
      action: failed ? 'task.failed' : 'task.completed',
      target: 'macbook',
      outcome: failed ? 'failure' : 'success',
      detail,
    },
    worker,
  ];
}

function fill() {
  const { connection } = database;
  const insert = connection.prepare('INSERT INTO audit_entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  connection.pragma('synchronous = OFF');
  let head = EMPTY_CHAIN;
  const part = connection.transaction((first, last) => {
    for (let n = first; n < last; n++) {
      const [event, actor] = eventOf(n);
      const entry = linkEntry(head, event, { ...actor, ...from, requestId: uuid(n) }, START + n * STEP);
      const { seq, at, ip, userAgent, requestId, action, target, taskId, outcome, detail, prevHash, hash } = entry;
      const told = JSON.stringify(detail);
      insert.run(
        seq,
        at,
        actor.id,
        actor.name,
        actor.role,
        ip,
        userAgent,
        requestId,
        action,
        target,
        taskId,
        outcome,
        told,
        prevHash,
        hash,
      );
      head = entry;
    }
  });
  for (let n = 0; n < ENTRIES; n += 50_000) part(n, Math.min(ENTRIES, n + 50_000));
  connection.pragma('synchronous = FULL');
  connection.pragma('wal_checkpoint(TRUNCATE)');
}

const filled = performance.now();
fill();
const seconds = ((performance.now() - filled) / 1000).toFixed(0);
const size = (statSync(join(folder, 'audit.db')).size / 1e6).toFixed(0);
console.log(
  `${ENTRIES} entries (${size} MB) in ${seconds} s; Node ${process.version}, ${cpus().length} × ${cpus()[0].model}`,
);

const storage = new SqliteStorage(database, { maxPending: 1000 });
const day = (n) => START + n * 86_400_000;
const last = START + ENTRIES * STEP;
const middle = Math.floor((ENTRIES * STEP) / 2 / 86_400_000);
const FILTERS = {
  'no filter': {},
  'action, common': { action: 'task.submitted' },
  'action, rare': { action: 'token.created' },
  'action, never': { action: 'schedule.fired' },
  'actor by name, common': { actor: 'macbook' },
  'actor by id, common': { actor: worker.id },
  'actor, rare': { actor: 'auditor' },
  'actor, unknown': { actor: 'nobody' },
  taskId: { taskId: uuid(Math.floor(ENTRIES / 6)) },
  'outcome, common': { outcome: 'success' },
  'outcome, rare': { outcome: 'denied' },
  'from, an hour ago': { from: last - 3_600_000 },
  'to, the first week': { to: day(7) },
  'a day in the middle': { from: day(middle), to: day(middle + 1) },
  'a time before all': { to: START - 1 },
  'q, in every entry': { q: 'task' },
  'q, common': { q: 'rsync' },
  'q, an eighth': { q: 'photos' },
  'q, one task': { q: `part-${Math.floor(ENTRIES / 7)}` },
  'q, rare': { q: 'a-rare-word' },
  'q, nowhere': { q: 'nothing-like-it' },
  'q, never together': { q: 'photos mail' },
  'q, a phrase nowhere': { q: 'submitted.task' },
  'action + a day': { action: 'task.claimed', from: day(middle), to: day(middle + 1) },
  'q + a day': { q: 'rsync photos', from: day(middle), to: day(middle + 1) },
  'actor + rare action': { actor: 'macbook', action: 'token.created' },
  'rare outcome + q': { outcome: 'denied', q: 'audit' },
  'q + rare actor': { q: 'task', actor: 'auditor' },
  'disjoint: action + outcome': { action: 'task.submitted', outcome: 'failure' },
};

async function cursorOf(filter) {
  let before = null;
  for (let page = 1; page < FAR_PAGES; page++) {
    before = (await storage.audit.list(filter, PAGE, before)).next;
    if (before === null) return null;
  }
  return before;
}

async function timesOf(filter, before) {
  const times = [];
  for (let n = 0; n <= RUNS; n++) {
    const began = performance.now();
    await storage.audit.list(filter, PAGE, before);
    if (n > 0) times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b);
}

const cells = (times) =>
  [0.5, 0.99].map((q) => times[Math.floor((times.length - 1) * q)].toFixed(2).padStart(9)).join('');
const began = performance.now();
await storage.audit.list({ from: last }, PAGE, null);
console.log(`times of the blocks, read once: ${(performance.now() - began).toFixed(0)} ms`);
console.log(`${'milliseconds'.padEnd(30)}      p50      p99   page 100: p50      p99`);
let slowest = 0;
for (const [name, filter] of Object.entries(FILTERS)) {
  const first = await timesOf(filter, null);
  const cursor = await cursorOf(filter);
  const far = cursor === null ? '' : `    ${cells(await timesOf(filter, cursor))}`;
  slowest = Math.max(slowest, first[Math.floor(first.length / 2)]);
  console.log(name.padEnd(30) + cells(first) + far);
}
console.log(`slowest median: ${slowest.toFixed(1)} ms`);

const chain = new ChainCheck();
const verified = performance.now();
for (let after = 0; after !== null; ) {
  const { entries, next } = await storage.audit.page({}, { after, through: ENTRIES }, 100);
  for (const entry of entries) chain.follow(entry);
  after = next;
}
const { broken } = chain.finish();
console.log(
  `verified ${chain.entries} entries in ${((performance.now() - verified) / 1000).toFixed(1)} s: ${broken ? broken.reason : 'whole'}`,
);

storage.close();
rmSync(folder, { recursive: true });
