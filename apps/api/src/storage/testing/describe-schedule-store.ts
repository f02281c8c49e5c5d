import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { DueFires, Schedule } from '../../domain/schedule.js';
import { QueueFull } from '../errors.js';
import { EVERY_TASK, type ListedTask } from '../task-store.js';
import { aPoll, aReport, aSimpleWorker, aTask, ManualClock, operator } from './builders.js';
import { MAX_PENDING, type MakeStore, type StoreUnderTest } from './store-fixture.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
const UNKNOWN = '0190b3c0-0000-7000-8000-000000000099';

export function aSchedule(change: Partial<Schedule> = {}): Schedule {
  const { wall } = new ManualClock().now();
  return {
    id: uuidv7(),
    name: 'nightly',
    cron: '* * * * *',
    timezone: 'UTC',
    task: { command: 'true', env: { KEY: 'value' } },
    overlap: 'queue',
    misfire: 'run-once',
    enabled: true,
    anchorAt: wall,
    createdAt: wall,
    updatedAt: wall,
    nextFireAt: wall + MINUTE,
    lastFireAt: null,
    lastTaskId: null,
    ...change,
  };
}

/** The behaviour that every adapter of the port shows. */
export function describeScheduleStore(makeStore: MakeStore): void {
  let under: StoreUnderTest;
  let clock: ManualClock;
  beforeEach(async () => {
    clock = new ManualClock();
    under = await makeStore({ maxPending: MAX_PENDING });
  });
  afterEach(() => under.close());

  const store = () => under.storage.schedules;
  const now = () => clock.now();
  async function create(change: Partial<Schedule> = {}): Promise<Schedule> {
    const schedule = aSchedule(change);
    await store().create(schedule, { type: 'command' }, operator);
    return schedule;
  }
  const read = async (id: string) => {
    const schedule = await store().find(id);
    if (!schedule) throw new Error('the schedule cannot be found');
    return schedule;
  };
  const taskFor = ({ id: scheduleId }: Schedule, fireAt: number | null) => aTask({ scheduleId, fireAt });
  /** Deals with the fire time that `schedule` waits for, and lets it wait for one a minute later. */
  function fire(schedule: Schedule, change: Partial<DueFires> = {}) {
    const fireAt = schedule.nextFireAt ?? 0;
    const due = { fireAt, missed: null, next: fireAt + MINUTE, ...change };
    return store().settle(schedule, due, due.fireAt === null ? null : taskFor(schedule, due.fireAt), now());
  }
  /** Fires and answers the schedule as it is then. */
  async function fired(schedule: Schedule): Promise<Schedule> {
    expect(await fire(schedule)).toBe('settled');
    return read(schedule.id);
  }
  async function tasksOf({ id }: Schedule): Promise<ListedTask[]> {
    const { tasks } = await under.storage.tasks.list({ ...EVERY_TASK, schedule: id }, 200, null);
    return tasks.reverse();
  }
  const statuses = async (schedule: Schedule) => (await tasksOf(schedule)).map(({ state }) => state.status);
  const entries = async (...actions: string[]) =>
    (await under.auditTrail()).filter(({ action }) => actions.includes(action));

  describe('keeping schedules', () => {
    it('keeps every part of one over a restart', async () => {
      const schedule = await create({ task: { command: 'ü', metadata: { nested: [null] } }, misfire: 'skip' });
      under = await under.reopen();
      expect(await store().find(schedule.id)).toEqual(schedule);
      expect(await store().find(UNKNOWN)).toBeNull();
    });

    it('lists newest first, and stays stable while schedules are added', async () => {
      const ids: string[] = [];
      for (let n = 0; n < 5; n++) ids.unshift((await create()).id);
      const first = await store().list(2, null);
      await create();
      const second = await store().list(2, first.next);
      const third = await store().list(2, second.next);
      expect([first, second, third].flatMap(({ schedules }) => schedules.map(({ id }) => id))).toEqual(ids);
      expect(third.next).toBeNull();
    });

    it('ends a page early when its tasks are large', async () => {
      for (let n = 0; n < 3; n++) await create({ task: { command: 'cat', stdin: 'x'.repeat(5_000_000) } });
      const { schedules, next } = await store().list(200, null);
      expect(schedules).toHaveLength(1);
      expect((await store().list(200, next)).schedules).toHaveLength(1);
    });

    it('changes what a revision says, with a time that grows at every edit', async () => {
      const { id, updatedAt } = await create();
      const paused = { enabled: false, nextFireAt: null };
      const edited = await store().update(id, () => ({ changed: paused, taskDetail: null }), operator, now());
      expect(edited).toMatchObject({ ...paused, updatedAt: updatedAt + 1 });
      const task = { command: 'false' };
      await store().update(id, () => ({ changed: { task }, taskDetail: { type: 'command' } }), operator, now());
      expect(await read(id)).toEqual({ ...edited, task, updatedAt: updatedAt + 2 });
    });

    it('changes nothing when there is nothing to revise, or the revision fails', async () => {
      const schedule = await create();
      expect(await store().update(schedule.id, () => null, operator, now())).toEqual(schedule);
      const failing = () => {
        throw new Error('refused');
      };
      await expect(store().update(schedule.id, failing, operator, now())).rejects.toThrow('refused');
      expect(await read(schedule.id)).toEqual(schedule);
      expect(await store().update(UNKNOWN, () => null, operator, now())).toBeNull();
      expect(await entries('schedule.updated')).toEqual([]);
    });

    it('removes one and leaves its tasks', async () => {
      const schedule = await create();
      await fire(schedule);
      expect(await store().remove(schedule.id, operator, now())).toBe(true);
      expect(await store().remove(schedule.id, operator, now())).toBe(false);
      expect(await store().find(schedule.id)).toBeNull();
      expect(await statuses(schedule)).toEqual(['pending']);
    });
  });

  describe('what is due', () => {
    it('is told oldest first, page by page, without what is paused or later', async () => {
      const { wall } = now();
      const third = await create({ nextFireAt: wall });
      const first = await create({ nextFireAt: wall - MINUTE });
      const second = await create({ nextFireAt: wall - 1 });
      await create({ nextFireAt: wall + 1 });
      await create({ nextFireAt: null, enabled: false });
      const page = await store().due(now(), 2, null);
      expect(page.map(({ id }) => id)).toEqual([first.id, second.id]);
      expect((await store().due(now(), 2, page.at(-1) ?? null)).map(({ id }) => id)).toEqual([third.id]);
      expect(await store().due(now(), 2, third)).toEqual([]);
    });

    it('is told in full when many fire at the same time', async () => {
      const ids = [];
      for (let n = 0; n < 5; n++) ids.push((await create({ nextFireAt: now().wall })).id);
      const seen = [];
      let page = await store().due(now(), 2, null);
      while (page.length > 0) {
        seen.push(...page.map(({ id }) => id));
        page = await store().due(now(), 2, page.at(-1) ?? null);
      }
      expect(seen.sort()).toEqual(ids.sort());
    });

    it('begins with the first fire time after a moment', async () => {
      const { wall } = now();
      await create({ nextFireAt: wall - 5 });
      await create({ nextFireAt: wall + 5 });
      expect(await store().nextFireAt(wall)).toBe(wall + 5);
      expect(await store().nextFireAt(wall + 5)).toBeNull();
    });

    it('is counted when it is late', async () => {
      expect(await store().waiting(now().wall)).toEqual({ overdue: 0, earliest: null });
      const { wall } = now();
      for (const late of [0, 1, 5000]) await create({ nextFireAt: wall - late });
      expect(await store().waiting(wall)).toEqual({ overdue: 2, earliest: wall - 5000 });
    });
  });

  describe('a fire', () => {
    it('makes its task, and moves on', async () => {
      const schedule = await create();
      const fireAt = clock.advance(MINUTE).wall;
      const after = await fired(schedule);
      const [task] = await tasksOf(schedule);
      expect(task).toMatchObject({ scheduleId: schedule.id, fireAt, createdAt: fireAt });
      expect(after).toEqual({
        ...schedule,
        nextFireAt: fireAt + MINUTE,
        lastFireAt: fireAt,
        lastTaskId: task?.id,
      });
      expect(under.changes).toContainEqual(expect.objectContaining({ kind: 'ready' }));
    });

    it('makes one task only, however often it is dealt with', async () => {
      const schedule = await create();
      const outcomes = await Promise.all([fire(schedule), fire(schedule), fire(schedule)]);
      expect(outcomes).toEqual(['settled', 'changed', 'changed']);
      expect(await tasksOf(schedule)).toHaveLength(1);
    });

    it('makes no second task for the same time, after a restart and a clock that was put back', async () => {
      const schedule = await create();
      const after = await fired(schedule);
      under = await under.reopen();
      await store().realign(after, schedule.nextFireAt);
      expect(await fire({ ...after, nextFireAt: schedule.nextFireAt })).toBe('repeated');
      expect(await tasksOf(schedule)).toHaveLength(1);
      expect(await read(schedule.id)).toEqual(after);
    });

    it('does nothing to a schedule that was edited, paused or removed since it was read', async () => {
      const schedule = await create();
      const rename = () => ({ changed: { name: 'renamed' }, taskDetail: null });
      await store().update(schedule.id, rename, operator, now());
      expect(await fire(schedule)).toBe('changed');
      const current = await read(schedule.id);
      await store().remove(schedule.id, operator, now());
      expect(await fire(current)).toBe('changed');
      expect(await tasksOf(schedule)).toEqual([]);
      expect(await entries('schedule.fired')).toEqual([]);
    });

    it('stays due when the queue is full, as if it had not been tried', async () => {
      const schedule = await create({ overlap: 'cancel-running' });
      const filling = Array.from({ length: MAX_PENDING }, () => aTask());
      await under.storage.tasks.submit(filling, null, operator, now());
      await expect(fire(schedule)).rejects.toThrow(QueueFull);
      expect(await read(schedule.id)).toEqual(schedule);
      await under.storage.tasks.claim(aSimpleWorker, operator, now());
      expect(await fire(schedule)).toBe('settled');
    });

    it('is told of with its task', async () => {
      const schedule = await create();
      const { lastTaskId } = await fired(schedule);
      const made = await entries('task.submitted', 'schedule.fired');
      expect(made.map(({ action, taskId }) => [action, taskId])).toEqual([
        ['task.submitted', lastTaskId],
        ['schedule.fired', lastTaskId],
      ]);
      expect(made[1]).toMatchObject({
        actor: { id: 'system' },
        target: schedule.id,
        detail: { name: 'nightly', fireAt: schedule.nextFireAt },
      });
    });
  });

  describe('a missed fire', () => {
    const missed = { count: 3, more: false, from: 1000, to: 3000 };

    it('is made up for by the task of the latest, under run-once', async () => {
      const schedule = await create();
      expect(await fire(schedule, { missed })).toBe('settled');
      const [entry] = await entries('schedule.fired', 'schedule.skipped');
      expect(entry).toMatchObject({ action: 'schedule.fired', detail: { missed: { count: 3, from: 1000, to: 3000 } } });
    });

    it('is passed over with one entry for all, under skip', async () => {
      const schedule = await create({ misfire: 'skip' });
      const next = now().wall + DAY;
      expect(await fire(schedule, { fireAt: null, missed: { ...missed, more: true }, next })).toBe('settled');
      expect(await tasksOf(schedule)).toEqual([]);
      expect(await read(schedule.id)).toEqual({ ...schedule, nextFireAt: next });
      const [entry] = await entries('schedule.fired', 'schedule.skipped');
      expect(entry).toMatchObject({
        action: 'schedule.skipped',
        target: schedule.id,
        detail: { name: 'nightly', reason: 'misfire', count: 3, more: true, from: 1000, to: 3000 },
      });
    });
  });

  describe('a fire while an earlier task is unfinished', () => {
    it('is passed over, under skip, until that has ended', async () => {
      const first = await fired(await create({ overlap: 'skip' }));
      expect(await fire(first)).toBe('overlap');
      const [earlier] = await tasksOf(first);
      const [entry] = await entries('schedule.skipped');
      expect(entry).toMatchObject({ taskId: earlier?.id, detail: { reason: 'overlap', fireAt: first.nextFireAt } });
      await under.storage.tasks.claim(aSimpleWorker, operator, now());
      expect(await fire(await read(first.id))).toBe('overlap');
      await under.storage.tasks.report(aReport(earlier?.id ?? ''), operator, now());
      expect(await fire(await read(first.id))).toBe('settled');
      expect(await statuses(first)).toEqual(['completed', 'pending']);
    });

    it('is not held up by tasks of others, nor by those that somebody submitted', async () => {
      await fired(await create({ overlap: 'skip' }));
      await under.storage.tasks.submit([aTask()], null, operator, now());
      expect(await fire(await create({ overlap: 'skip' }))).toBe('settled');
    });

    it('makes a further one, under queue', async () => {
      const first = await fired(await create({ overlap: 'queue' }));
      await fired(first);
      expect(await statuses(first)).toEqual(['pending', 'pending']);
    });

    it('ends it, under cancel-running', async () => {
      const first = await fired(await create({ overlap: 'cancel-running' }));
      const claimed = await under.storage.tasks.exchange(aPoll(), operator, now());
      expect(claimed.kind).toBe('settled');
      const second = await fired(first);
      await fired(second);
      expect(await statuses(first)).toEqual(['running', 'cancelled', 'pending']);
      expect((await tasksOf(first))[0]?.state.cancelRequestedAt).toBe(now().wall);
    });
  });

  describe('a run by hand', () => {
    it('makes a task beside the timetable, also when the schedule is paused or has an unfinished task', async () => {
      const paused = await create({ enabled: false, nextFireAt: null, overlap: 'skip' });
      for (let n = 0; n < 2; n++) {
        const task = taskFor(paused, null);
        const accepted = await store().runNow(paused.id, task, null, operator, now());
        expect(accepted).toMatchObject({ id: task.id, status: 'pending', createdAt: now().wall });
        expect(await read(paused.id)).toMatchObject({ nextFireAt: null, lastFireAt: now().wall, lastTaskId: task.id });
      }
      expect(await tasksOf(paused)).toHaveLength(2);
      const [entry] = await entries('schedule.fired');
      expect(entry).toMatchObject({ actor: { id: operator.id }, target: paused.id, detail: { manual: true } });
    });

    it('makes one task under one key', async () => {
      const schedule = await create();
      const key = { tokenId: 'environment', key: 'once', requestHash: 'a'.repeat(64) };
      const run = () => store().runNow(schedule.id, taskFor(schedule, null), key, operator, now());
      expect(await run()).toEqual(await run());
      expect(await tasksOf(schedule)).toHaveLength(1);
    });

    it('does not know what is not there', async () => {
      expect(await store().runNow(UNKNOWN, aTask(), null, operator, now())).toBeNull();
    });
  });

  describe('the fire times that are remembered', () => {
    it('are forgotten when they are old, page by page, but for the last of a schedule', async () => {
      let schedule = await create();
      for (let n = 0; n < 4; n++) schedule = await fired(schedule);
      const gone = await create();
      await fired(gone);
      await store().remove(gone.id, operator, now());
      const later = now().wall + 100 * DAY;
      expect(await store().forgetFires(now().wall, 10)).toBe(0);
      expect(await store().forgetFires(later, 3)).toBe(3);
      expect(await store().forgetFires(later, 3)).toBe(1);
      expect(await store().forgetFires(later, 3)).toBe(0);
      await store().realign(schedule, schedule.lastFireAt);
      expect(await fire({ ...schedule, nextFireAt: schedule.lastFireAt })).toBe('repeated');
    });
  });

  describe('the audit', () => {
    it('tells of every edit, with what was changed and no value of a variable', async () => {
      const { id, task: _, ...definition } = await create();
      const { name, cron, timezone, overlap, misfire, enabled } = definition;
      const changed = { cron: '@daily', nextFireAt: 5, anchorAt: 5 };
      await store().update(id, () => ({ changed, taskDetail: null }), operator, now());
      await store().remove(id, operator, now());
      const trail = await under.auditTrail();
      expect(trail.map(({ action, target, actor, detail }) => [action, target, actor.id, detail])).toEqual([
        [
          'schedule.created',
          id,
          operator.id,
          { name, cron, timezone, overlap, misfire, enabled, task: { type: 'command' } },
        ],
        ['schedule.updated', id, operator.id, { name, cron: '@daily' }],
        ['schedule.deleted', id, operator.id, { name, cron: '@daily', timezone, overlap, misfire, enabled }],
      ]);
    });
  });
}
