import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '#logging';
import { loadConfig } from '../config.js';
import { openDatabase } from '../storage/sqlite/database.js';
import { SqliteStorage } from '../storage/sqlite/sqlite-storage.js';
import { aReport, aSimpleWorker, aTask, ManualClock, operator } from '../storage/testing/builders.js';
import { announceTo } from '../wakeups/announce.js';
import { InProcessWakeups } from '../wakeups/in-process-wakeups.js';
import { ExpirySweep } from './expiry-sweep.js';

const DAY = 86_400_000;

let folder: string;
let clock: ManualClock;
let storage: SqliteStorage;
let wakeups: InProcessWakeups;
let sweep: ExpirySweep;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-'));
  clock = new ManualClock();
  wakeups = new InProcessWakeups();
  storage = new SqliteStorage(openDatabase(join(folder, 'test.db')), { maxPending: 1000 }, announceTo(wakeups));
  const config = loadConfig({ WORKER_TOKEN: 'kV7pQ2mX9sT4wZ6r', RETENTION_DAYS: '7' });
  sweep = new ExpirySweep(storage.tasks, storage.output, clock, config, createLogger('test', 'silent'));
});
afterEach(() => {
  storage.close();
  rmSync(folder, { recursive: true });
});

const submit = async (change = {}) => {
  const task = aTask(change);
  await storage.tasks.submit([task], null, operator, clock.now());
  return task;
};

/** Lets time pass with a sweep each second, as it is while the server runs. */
async function sweepFor(ms: number) {
  for (let passed = 0; passed < ms; passed += 1000) {
    clock.advance(1000);
    await sweep.endOverdue();
  }
}

describe('ExpirySweep', () => {
  it('ends all that has waited too long, more than a page of it, and wakes who waits for them', async () => {
    const submitted = await Promise.all(Array.from({ length: 450 }, () => submit({ expiresIn: 1000 })));
    const young = await submit({ expiresIn: 2000 });
    let woken = 0;
    for (const { id } of submitted) wakeups.subscribe([`task:${id}`], () => woken++);
    clock.advance(1000);
    await sweep.endOverdue();
    expect(await storage.tasks.counts()).toMatchObject({ pending: 1, expired: 450 });
    expect(woken).toBe(450);
    expect((await storage.tasks.find(young.id))?.state.status).toBe('pending');
  });

  it('ends what nobody holds any more', async () => {
    const { id } = await submit({ timeout: 1000 });
    await storage.tasks.claim(aSimpleWorker, operator, clock.now());
    await sweepFor(61_000);
    expect((await storage.tasks.find(id))?.state).toMatchObject({
      status: 'lost',
      note: expect.stringMatching(/^lost: /),
    });
  });

  it('gives every lease anew when it was itself away, and ends what is then not renewed', async () => {
    const { id } = await submit({ timeout: 1000 });
    await storage.tasks.claim(aSimpleWorker, operator, clock.now());
    await sweep.endOverdue();
    clock.advance(3_600_000);
    await sweep.endOverdue();
    await sweepFor(60_000);
    expect((await storage.tasks.find(id))?.state.status).toBe('running');
    await sweepFor(1000);
    expect((await storage.tasks.find(id))?.state.status).toBe('lost');
  });

  it('removes what ended before the days that are kept, and no other', async () => {
    const old = await submit();
    await storage.tasks.claim(aSimpleWorker, operator, clock.now());
    await storage.tasks.report(aReport(old.id), operator, clock.now());
    const waiting = await submit({ expiresIn: 30 * DAY });
    clock.advance(7 * DAY);
    await sweep.removeOld();
    expect(await storage.tasks.find(old.id)).not.toBeNull();
    clock.advance(1);
    await sweep.removeOld();
    expect(await storage.tasks.find(old.id)).toBeNull();
    expect(await storage.tasks.find(waiting.id)).not.toBeNull();
  });

  it('knows how long ago it last got through', async () => {
    clock.advance(3000);
    expect(sweep.lagMs).toBe(3000);
    await sweep.endOverdue();
    clock.advance(500);
    expect(sweep.lagMs).toBe(500);
    storage.tasks.loseLapsed = () => Promise.reject(new Error('away'));
    await sweep.endOverdue();
    expect(sweep.lagMs).toBe(500);
  });

  it('survives a storage that fails, and does its work when that is back', async () => {
    const { id } = await submit({ expiresIn: 1 });
    clock.advance(1);
    const { expireOverdue } = storage.tasks;
    storage.tasks.expireOverdue = () => Promise.reject(new Error('away'));
    await sweep.endOverdue();
    storage.tasks.expireOverdue = expireOverdue;
    await sweep.endOverdue();
    expect((await storage.tasks.find(id))?.state.status).toBe('expired');
  });
});
