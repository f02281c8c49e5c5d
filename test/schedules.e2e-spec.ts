import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { Installation } from './programs.js';

const HOUR = 3_600_000;

let here: Installation;
beforeEach(() => {
  here = new Installation();
});
afterEach(() => here.end());

/** Looks into the database of a server that is not running. */
function inDatabase<T>(look: (database: Database.Database) => T): T {
  const database = new Database(join(here.folder, 'data', 'openclaw.db'));
  try {
    return look(database);
  } finally {
    database.close();
  }
}
const firesOf = (id: string) =>
  inDatabase((database) =>
    database.prepare('SELECT fire_at FROM tasks WHERE schedule_id = ? ORDER BY fire_at').pluck().all(id),
  ) as number[];
const entriesOf = (id: string) =>
  inDatabase((database) =>
    database
      .prepare(`SELECT action, detail FROM audit_entries WHERE target = ? AND action LIKE 'schedule.%' ORDER BY seq`)
      .all(id),
  ).map((row) => {
    const { action, detail } = row as { action: string; detail: string };
    return { action, detail: JSON.parse(detail) };
  });

/** Resolves at a moment of the wall clock, which is what schedules go by. */
const at = (moment: number) => new Promise<void>((resolve) => setTimeout(resolve, moment - Date.now()));

const create = (change: object) =>
  here.call('POST', '/schedules', { name: 'test', cron: '@every 1h', task: { command: 'true' }, ...change });

describe('a server that is killed as its schedules fire', () => {
  it('makes no task twice and loses no fire, and its audit tells of each', async () => {
    let api = await here.startApi();
    const { id } = await create({ cron: '* * * * * *', overlap: 'queue' });
    for (const late of [-2, 0, 1, 2, 3, 5, 8, 13, 21]) {
      const { nextFireAt } = await here.call('GET', `/schedules/${id}`);
      await at(nextFireAt + late);
      await api.end('SIGKILL');
      api = await here.startApi();
    }
    const { nextFireAt } = await here.call('GET', `/schedules/${id}`);
    // Two further ones, to be sure of one that no kill came near to.
    await at(nextFireAt + 1500);
    await api.end();

    const fires = firesOf(id);
    expect(new Set(fires).size).toBe(fires.length);
    const told = entriesOf(id).filter(({ action }) => action === 'schedule.fired');
    expect(told.map(({ detail }) => detail.fireAt)).toEqual(fires);
    // Every second has its task, or is one of those that a later task made up for.
    const missed = told.flatMap(({ detail }) => (detail.missed ? [detail.missed] : []));
    const [first = 0, last = 0] = [fires[0], fires.at(-1)];
    for (let second = first; second <= last; second += 1000) {
      const madeUpFor = missed.some(({ from, to }) => from <= second && second <= to);
      expect([second, fires.includes(second), madeUpFor]).toEqual([second, !madeUpFor, madeUpFor]);
    }
  });
});

describe('a server that was away for hours', () => {
  /** Creates a schedule, stops the server, and lets the schedule have waited since hours ago. */
  async function waitingSinceHours(change: object, meanwhile: () => Promise<unknown> = async () => undefined) {
    const api = await here.startApi();
    const { id, nextFireAt } = await create(change);
    await meanwhile();
    await api.end();
    const then = nextFireAt - 3 * HOUR;
    inDatabase((database) => database.prepare('UPDATE schedules SET next_fire_at = ? WHERE id = ?').run(then, id));
    return { id, nextFireAt, then };
  }

  it('makes up for it once, under run-once', async () => {
    const { id, nextFireAt, then } = await waitingSinceHours({ misfire: 'run-once' });
    const api = await here.startApi();
    const task = await here.call('GET', '/worker/poll?wait=60000');
    expect(await here.call('GET', `/schedules/${id}`)).toMatchObject({
      nextFireAt,
      lastFireAt: then,
      lastTaskId: task.id,
    });
    await api.end();
    expect(firesOf(id)).toEqual([then]);
  });

  it('lets it be, under skip', async () => {
    const { id, nextFireAt, then } = await waitingSinceHours({ misfire: 'skip' });
    const api = await here.startApi();
    // Made after the start, so that its fire comes after what was done about the missed one.
    await create({ cron: '@every 1s' });
    await here.call('GET', '/worker/poll?wait=60000');
    expect(await here.call('GET', `/schedules/${id}`)).toMatchObject({ nextFireAt, lastFireAt: null });
    await api.end();
    expect(firesOf(id)).toEqual([]);
    expect(entriesOf(id).at(-1)).toEqual({
      action: 'schedule.skipped',
      detail: { name: 'test', reason: 'misfire', count: 1, from: then, to: then },
    });
  });

  it('shows in its health that a schedule is overdue, for as long as it cannot fire', async () => {
    const { id } = await waitingSinceHours({}, () => here.call('POST', '/tasks', { command: 'true' }));
    await here.startApi({ MAX_PENDING: '1' });
    const overdue = async () => (await here.call('GET', '/health')).overdueSchedules;
    expect(await overdue()).toBe(1);
    const takeTask = () => here.call('GET', '/worker/poll?wait=60000');
    const { id: inTheWay } = await takeTask();
    const { id: made } = await takeTask();
    expect(made).not.toBe(inTheWay);
    expect(await here.call('GET', `/schedules/${id}`)).toMatchObject({ lastTaskId: made });
    expect(await overdue()).toBe(0);
  });
});
