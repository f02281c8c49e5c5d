import 'reflect-metadata';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '#logging';
import { ANONYMOUS } from '../domain/actor.js';
import type { AuditEvent } from '../storage/audit-event.js';
import type { AuditStore } from '../storage/audit-store.js';
import { ManualClock } from '../storage/testing/builders.js';
import { type Denial, GatheredDenials } from './gathered-denials.js';

let recorded: (AuditEvent & { ip: string | null })[];
let failing: boolean;
let clock: ManualClock;
let denials: GatheredDenials;
beforeEach(() => {
  recorded = [];
  failing = false;
  clock = new ManualClock();
  const record: AuditStore['record'] = async (event, { ip }) => {
    if (failing) throw new Error('full');
    recorded.push({ ...event, ip });
  };
  denials = new GatheredDenials({ record } as unknown as AuditStore, clock, createLogger('test', 'silent'));
});

const note = (change: Partial<Denial> = {}) => {
  const kind = change.kind ?? '192.0.2.1';
  const actor = { ...ANONYMOUS, ip: kind };
  denials.note({ action: 'auth.failed', kind, actor, target: 'GET /tasks', detail: { reason: 'unknown' }, ...change });
};
const details = () => recorded.map(({ detail }) => detail);

describe('GatheredDenials', () => {
  it('records the first of a kind at once, and its repeats as one when the minute ends', async () => {
    note();
    const event = { action: 'auth.failed', target: 'GET /tasks', taskId: null, outcome: 'denied', ip: '192.0.2.1' };
    expect(recorded).toEqual([{ ...event, detail: { reason: 'unknown' } }]);
    const from = clock.advance(10).wall;
    note();
    clock.advance(10);
    note();
    const to = clock.advance(10).wall;
    note();
    await denials.endMinute();
    expect(recorded.slice(1)).toEqual([{ ...event, detail: { reason: 'unknown', count: 3, from, to } }]);
  });

  it('tells kinds and actions apart, and says no more of what came once', async () => {
    note();
    note({ kind: '192.0.2.2' });
    note({ action: 'rate.limited' });
    await denials.endMinute();
    expect(recorded).toHaveLength(3);
  });

  it('begins anew with each minute', async () => {
    note();
    note();
    await denials.endMinute();
    note();
    await denials.endMinute();
    expect(details()).toMatchObject([{ reason: 'unknown' }, { count: 1 }, { reason: 'unknown' }]);
  });

  it('records a bounded number of entries, from however many addresses the calls come', async () => {
    for (let n = 0; n < 10_000; n++) note({ kind: `198.51.${n >> 8}.${n & 255}` });
    expect(recorded).toHaveLength(100);
    await denials.endMinute();
    expect(recorded).toHaveLength(101);
    expect(recorded.at(-1)).toMatchObject({ ip: null, target: null, detail: { callers: 'several', count: 9900 } });
  });

  it('leaves room for one action, however many denials another has', () => {
    for (let n = 0; n < 200; n++) note({ kind: `address ${n}` });
    note({ action: 'auth.forbidden' });
    expect(recorded.at(-1)).toMatchObject({ action: 'auth.forbidden' });
  });

  it('records what is left at shutdown', async () => {
    note();
    note();
    await denials.onApplicationShutdown();
    expect(details()).toMatchObject([{}, { count: 1 }]);
  });

  it('survives an audit that cannot be written', async () => {
    failing = true;
    note();
    note();
    await denials.endMinute();
    failing = false;
    note();
    expect(recorded).toHaveLength(1);
  });
});
