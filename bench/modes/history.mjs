// How long lists, searches and audit queries take on a long history, through the store: each filter alone and in pairs,
// common and rare values, the first page and the hundredth.
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EVERY_TASK } from '../../dist/apps/api/storage/task-store.js';
import { fillAudit, filledStorage, fillTasks, START, STEP, uuid, WORKER } from '../kit/fill.mjs';
import { newFolder } from '../kit/processes.mjs';
import { quantile } from '../kit/stats.mjs';

const PAGE = 50;
const FAR_PAGES = 100;
const TIMES = 40;
/** One that takes very long is not asked for so often, in milliseconds together. */
const BUDGET_MS = 3000;
const MOST_MS = 50;

/** Alone, and all pairs of them. */
function withPairs(filters) {
  const names = Object.keys(filters);
  const pairs = names.flatMap((a, index) =>
    names.slice(index + 1).flatMap((b) => {
      const shared = Object.keys(filters[a]).some((key) => key in filters[b]);
      return shared ? [] : [[`${a} + ${b}`, { ...filters[a], ...filters[b] }]];
    }),
  );
  return { 'no filter': {}, ...filters, ...Object.fromEntries(pairs) };
}

/** What both kinds of lists can be filtered by. */
function wordsAndTimes(count) {
  const middle = START + (count / 2) * STEP;
  return {
    'q common': { q: 'rsync' },
    'q an eighth': { q: 'photos' },
    'q rare': { q: 'a-rare-word' },
    'q nowhere': { q: 'nothing-like-it' },
    'a day': { from: middle, to: middle + 86_400_000 },
    'first week': { to: START + 7 * 86_400_000 },
    'last hour': { from: START + count * STEP - 3_600_000 },
  };
}

function taskFilters(count) {
  return withPairs({
    'status common': { status: 'completed' },
    'status rare': { status: 'lost' },
    'type common': { type: 'command' },
    'type other': { type: 'file-read' },
    'worker common': { worker: 'macbook' },
    'worker rare': { worker: 'nas' },
    ...wordsAndTimes(count),
  });
}

function auditFilters(count) {
  return withPairs({
    'action common': { action: 'task.submitted' },
    'action rare': { action: 'token.created' },
    'actor common': { actor: 'macbook' },
    'actor by id': { actor: WORKER.id },
    'actor rare': { actor: 'auditor' },
    'outcome common': { outcome: 'success' },
    'outcome rare': { outcome: 'denied' },
    'one task': { taskId: uuid(Math.floor(count / 6)) },
    ...wordsAndTimes(count),
  });
}

async function timed(list, filter, before) {
  const times = [];
  const until = performance.now() + BUDGET_MS;
  // The first one warms the pages of the file.
  await list(filter, PAGE, before);
  while (times.length === 0 || (times.length < TIMES && performance.now() < until)) {
    const began = performance.now();
    await list(filter, PAGE, before);
    times.push(performance.now() - began);
  }
  return quantile(times, 0.99);
}

async function farCursor(list, filter) {
  let before = null;
  for (let page = 1; page < FAR_PAGES; page += 1) {
    before = (await list(filter, PAGE, before)).next;
    if (before === null) return null;
  }
  return before;
}

/** The slowest filters, and the slowest of all. */
async function slowest(list, filters) {
  const all = [];
  for (const [name, filter] of Object.entries(filters)) {
    all.push([name, await timed(list, filter, null)]);
    const before = await farCursor(list, filter);
    if (before !== null) all.push([`${name}, page ${FAR_PAGES}`, await timed(list, filter, before)]);
  }
  all.sort(([, a], [, b]) => b - a);
  const worst = all.slice(0, 5).map(([name, ms]) => [`p99 of ${name}`, ms]);
  return {
    queries: all.length,
    'over 50 ms': all.filter(([, ms]) => ms > MOST_MS).length,
    'slowest p99, ms': all[0][1],
    ...Object.fromEntries(worst),
  };
}

/** As the server does from second to second. */
async function keepUp(storage) {
  while ((await storage.indexNew()) > 0);
}

async function history(fill, filtersOf, listOf, count) {
  const folder = newFolder();
  const path = join(folder, 'history.db');
  const storage = filledStorage(path, (connection) => fill(connection, count));
  await keepUp(storage);
  const megabytes = statSync(path).size / 1e6;
  const results = await slowest(listOf(storage), filtersOf(count));
  storage.close();
  rmSync(folder, { recursive: true });
  return { 'database, MB': megabytes, ...results };
}

const tasks = ({ short }) =>
  history(
    fillTasks,
    taskFilters,
    (storage) => (filter, limit, before) => storage.tasks.list({ ...EVERY_TASK, ...filter }, limit, before),
    short ? 20_000 : 1_000_000,
  );
const audit = ({ short }) =>
  history(
    fillAudit,
    auditFilters,
    (storage) => (filter, limit, before) => storage.audit.list(filter, limit, before),
    short ? 50_000 : 5_000_000,
  );

const limit = (name) => ({
  what: `slowest p99 of ${name}, ms`,
  of: (all) => all[name]['slowest p99, ms'],
  most: MOST_MS,
});

export default {
  title: 'History: each list, search and audit filter, alone and in pairs, at 1M tasks and 5M entries',
  unit: 'ms',
  // Filling takes minutes.
  runs: 1,
  contestants: { 'lists of tasks': { run: tasks }, 'the audit': { run: audit } },
  targets: [limit('lists of tasks'), limit('the audit')],
};
