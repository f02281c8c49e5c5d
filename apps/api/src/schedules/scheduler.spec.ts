import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pino } from 'pino';
import type { Clock } from '../domain/clock.js';
import type { Schedule } from '../domain/schedule.js';
import { openDatabase } from '../storage/sqlite/database.js';
import { SqliteStorage } from '../storage/sqlite/sqlite-storage.js';
import { EVERY_TASK } from '../storage/task-store.js';
import { aTask, operator } from '../storage/testing/builders.js';
import { aSchedule } from '../storage/testing/describe-schedule-store.js';
import { ScheduleLag } from './schedule-lag.js';
import { Scheduler } from './scheduler.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = aSchedule().createdAt;

/** A clock whose wall time can jump beside the time that passes. */
class JumpyClock implements Clock {
  private wall = START;
  private monotonic = 1000;

  now() {
    return { wall: this.wall, monotonic: this.monotonic };
  }

  pass(ms: number): void {
    this.jump(ms);
    this.monotonic += ms;
  }

  jump(ms: number): void {
    this.wall += ms;
  }
}

let folder: string;
let clock: JumpyClock;
let storage: SqliteStorage;
let scheduler: Scheduler;
let complaints: string[];
const MAX_PENDING = 500;

function open(): void {
  storage = new SqliteStorage(openDatabase(join(folder, 'test.db')), { maxPending: MAX_PENDING });
  const logger = pino({ level: 'warn' }, { write: (line) => complaints.push(JSON.parse(line).msg) });
  scheduler = new Scheduler(storage.schedules, clock, logger);
}
async function close(): Promise<void> {
  await scheduler.onModuleDestroy();
  storage.close();
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scheduler-'));
  clock = new JumpyClock();
  complaints = [];
  open();
});
afterEach(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

async function create(change: Partial<Schedule> = {}): Promise<Schedule> {
  const schedule = aSchedule(change);
  await storage.schedules.create(schedule, {}, operator);
  return schedule;
}
/** The fire times that tasks were made for, as milliseconds after the start of the test, oldest task first. */
async function fires({ id }: Schedule): Promise<number[]> {
  const { tasks } = await storage.tasks.list({ ...EVERY_TASK, schedule: id }, 200, null);
  return tasks.reverse().map(({ fireAt }) => (fireAt ?? 0) - START);
}
const nextFire = async ({ id }: Schedule) => {
  const nextFireAt = (await storage.schedules.find(id))?.nextFireAt ?? null;
  return nextFireAt === null ? null : nextFireAt - START;
};
async function lookAfter(ms: number): Promise<void> {
  clock.pass(ms);
  await scheduler.look();
}

describe('Scheduler', () => {
  it('makes a task at each fire time, and none before', async () => {
    const schedule = await create();
    await lookAfter(MINUTE - 1);
    expect(await fires(schedule)).toEqual([]);
    await lookAfter(1);
    await lookAfter(1);
    expect(await fires(schedule)).toEqual([MINUTE]);
    await lookAfter(MINUTE);
    expect(await fires(schedule)).toEqual([MINUTE, 2 * MINUTE]);
  });

  it('makes the task that was asked for', async () => {
    const task = { type: 'file-write', path: '/tmp/x', content: 'ü', timeout: 5000, priority: 7, metadata: { a: 1 } };
    const schedule = await create({ task });
    await lookAfter(MINUTE);
    const { lastTaskId } = (await storage.schedules.find(schedule.id)) ?? {};
    expect(await storage.tasks.find(lastTaskId ?? '')).toMatchObject({
      type: 'file-write',
      timeout: 5000,
      priority: 7,
      input: { shown: { path: '/tmp/x' }, bulky: { content: 'ü' } },
      labels: { a: 1 },
      scheduleId: schedule.id,
      fireAt: START + MINUTE,
    });
  });

  it('makes up once for what was missed while it was away, under run-once', async () => {
    const schedule = await create();
    await close();
    clock.jump(3 * DAY + 10);
    open();
    await scheduler.look();
    expect(await fires(schedule)).toEqual([3 * DAY]);
    expect(await nextFire(schedule)).toBe(3 * DAY + MINUTE);
  });

  it('leaves it at that, under skip', async () => {
    const schedule = await create({ cron: '0 0 * * *', nextFireAt: START + HOUR, misfire: 'skip' });
    await lookAfter(HOUR + MINUTE + 1);
    expect(await fires(schedule)).toEqual([]);
    const next = Math.ceil(START / DAY) * DAY;
    expect(await nextFire(schedule)).toBe((next > START + HOUR + MINUTE ? next : next + DAY) - START);
  });

  it('deals with more schedules than one page, at one time', async () => {
    const schedules = await Promise.all(Array.from({ length: 120 }, () => create()));
    await lookAfter(MINUTE);
    const made = await Promise.all(schedules.map(fires));
    expect(made).toEqual(schedules.map(() => [MINUTE]));
  });

  it('does not let one that cannot fire keep the others, and complains of it once', async () => {
    const broken = await create({ name: 'broken', timezone: 'Mars' });
    const schedule = await create();
    await lookAfter(MINUTE);
    await lookAfter(MINUTE);
    expect(await fires(schedule)).toEqual([MINUTE, 2 * MINUTE]);
    expect(await fires(broken)).toEqual([]);
    expect(complaints.filter((complaint) => complaint.startsWith('schedule broken could not fire'))).toHaveLength(1);
  });

  it('keeps a fire that a full queue has no room for, until it has', async () => {
    const schedule = await create();
    const waiting = Array.from({ length: MAX_PENDING }, () => aTask({ expiresIn: 5 * MINUTE }));
    await storage.tasks.submit(waiting, null, operator, clock.now());
    await lookAfter(MINUTE);
    expect([await fires(schedule), await nextFire(schedule)]).toEqual([[], MINUTE]);
    await lookAfter(4 * MINUTE);
    await storage.tasks.expireOverdue(clock.now(), MAX_PENDING);
    await scheduler.look();
    expect(await fires(schedule)).toEqual([5 * MINUTE]);
    expect(complaints).toHaveLength(1);
  });

  it('survives a storage that fails', async () => {
    const schedule = await create();
    const { due } = storage.schedules;
    storage.schedules.due = () => Promise.reject(new Error('away'));
    await lookAfter(MINUTE);
    expect(complaints).toHaveLength(1);
    storage.schedules.due = due;
    await scheduler.look();
    expect(await fires(schedule)).toEqual([MINUTE]);
  });

  it('looks once more when it is asked to while it looks', async () => {
    const schedule = await create();
    const { due } = storage.schedules;
    storage.schedules.due = async (...asked) => {
      storage.schedules.due = due;
      const nothing = await storage.schedules.due(...asked);
      clock.pass(MINUTE);
      void scheduler.look();
      return nothing;
    };
    await scheduler.look();
    expect(await fires(schedule)).toEqual([MINUTE]);
  });

  it('does nothing any more when it has been stopped', async () => {
    const schedule = await create();
    await scheduler.onModuleDestroy();
    await lookAfter(MINUTE);
    expect(await fires(schedule)).toEqual([]);
  });
});

describe('a clock that jumps', () => {
  it('forward is time that was missed', async () => {
    const schedule = await create();
    await scheduler.look();
    clock.jump(DAY);
    await scheduler.look();
    expect(await fires(schedule)).toEqual([DAY]);
  });

  it('back by an hour makes no task twice', async () => {
    const schedule = await create();
    for (let n = 0; n < 5; n++) await lookAfter(MINUTE);
    clock.jump(-HOUR);
    for (let n = 0; n < 61; n++) await lookAfter(MINUTE);
    const made = await fires(schedule);
    expect(new Set(made).size).toBe(made.length);
    expect(made.slice(0, 5)).toEqual([1, 2, 3, 4, 5].map((n) => n * MINUTE));
    expect(made.at(-1)).toBe(6 * MINUTE);
  });

  it('back from a wrong year does not leave a schedule waiting for that year', async () => {
    const schedule = await create();
    clock.jump(1000 * DAY);
    await scheduler.look();
    expect(await fires(schedule)).toEqual([1000 * DAY]);
    clock.jump(-1000 * DAY);
    await lookAfter(MINUTE);
    await lookAfter(MINUTE);
    expect(await fires(schedule)).toEqual([1000 * DAY, 2 * MINUTE]);
  });

  it('while the server is away is seen at the start', async () => {
    const schedule = await create({ nextFireAt: START + 1000 * DAY });
    const unknown = await create({ nextFireAt: null });
    const paused = await create({ nextFireAt: null, enabled: false });
    await scheduler.look();
    expect(await Promise.all([schedule, unknown, paused].map(nextFire))).toEqual([MINUTE, MINUTE, null]);
  });

  it('however it does, never makes a task twice, nor one for a time to come', async () => {
    const step = fc.record({
      passed: fc.nat(90_000),
      jumped: fc.oneof(fc.constant(0), fc.integer({ min: -DAY, max: DAY })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.boolean(), async (steps, restarted) => {
        const { wall } = clock.now();
        const anchor = { anchorAt: wall, createdAt: wall, updatedAt: wall };
        const every = await create({ ...anchor, cron: '@every 7s', nextFireAt: wall + 7000 });
        const minutely = await create({ ...anchor, cron: '*/2 * * * *', nextFireAt: wall + 1 });
        let latest = wall - START;
        for (const { passed, jumped } of steps) {
          clock.jump(jumped);
          await lookAfter(passed);
          latest = Math.max(latest, clock.now().wall - START);
          if (restarted) {
            await close();
            open();
          }
        }
        for (const schedule of [every, minutely]) {
          const made = await fires(schedule);
          expect(new Set(made).size).toBe(made.length);
          expect(Math.max(latest, ...made)).toBe(latest);
        }
        await storage.schedules.remove(every.id, operator, clock.now());
        await storage.schedules.remove(minutely.id, operator, clock.now());
      }),
      { numRuns: 25 },
    );
  });
});

describe('ScheduleLag', () => {
  it('tells of schedules that are more than a minute past their time', async () => {
    const lag = new ScheduleLag(storage.schedules, clock);
    expect(await lag.read()).toEqual({ overdue: 0, lagMs: 0 });
    await create({ nextFireAt: START + MINUTE });
    await create({ nextFireAt: START + 2 * MINUTE });
    expect(await lag.read()).toEqual({ overdue: 0, lagMs: 0 });
    clock.pass(2 * MINUTE + 5);
    expect(await lag.read()).toEqual({ overdue: 1, lagMs: MINUTE + 5 });
    await scheduler.look();
    expect(await lag.read()).toEqual({ overdue: 0, lagMs: 0 });
  });
});
