import 'reflect-metadata';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { LEASE_MS } from '../domain/lease.js';
import { ManualClock } from '../storage/testing/builders.js';
import { Presence } from './presence.js';

let clock: ManualClock;
let presence: Presence;
beforeEach(() => {
  clock = new ManualClock();
  presence = new Presence(clock);
});

/** Who is dropped while time passes with a look every few seconds. */
function droppedWithin(ms: number): string[] {
  const dropped: string[] = [];
  for (let left = ms; left > 0; left -= 5000) {
    clock.advance(Math.min(left, 5000));
    dropped.push(...presence.dropSilent());
  }
  return dropped;
}

describe('Presence', () => {
  it('counts a worker as there while its poll is held, however long', () => {
    presence.open('mac', { exclusive: true });
    clock.advance(10 * LEASE_MS);
    expect(presence.dropSilent()).toEqual([]);
    expect(presence.online).toBe(1);
  });

  it('gives it a lease from the end of its last poll', () => {
    const { ended } = presence.open('mac', { exclusive: true });
    clock.advance(LEASE_MS);
    ended();
    presence.dropSilent();
    expect(droppedWithin(LEASE_MS - 1)).toEqual([]);
    expect(droppedWithin(1)).toEqual(['mac']);
    expect(presence.online).toBe(0);
    expect(presence.dropSilent()).toEqual([]);
  });

  it('expects a worker that was there before a restart', () => {
    presence.expect('mac');
    expect(presence.online).toBe(1);
    expect(droppedWithin(LEASE_MS)).toEqual(['mac']);
  });

  it('gives another lease to all after a time in which nobody looked', () => {
    presence.open('mac', { exclusive: true }).ended();
    presence.dropSilent();
    clock.advance(10 * LEASE_MS);
    expect(presence.dropSilent()).toEqual([]);
    expect(droppedWithin(LEASE_MS - 1)).toEqual([]);
    expect(droppedWithin(1)).toEqual(['mac']);
  });

  it('ends the older poll of a worker when a newer one comes, unless several are allowed', () => {
    const older = presence.open('mac', { exclusive: true });
    const newer = presence.open('mac', { exclusive: true });
    expect([older.overtaken.aborted, newer.overtaken.aborted]).toEqual([true, false]);
    const simple = presence.open('pi', { exclusive: false });
    presence.open('pi', { exclusive: false });
    expect(simple.overtaken.aborted).toBe(false);
    expect(presence.online).toBe(2);
  });

  it('forgets at once a worker that leaves', () => {
    const { ended } = presence.open('mac', { exclusive: true });
    presence.leave('mac');
    ended();
    expect(presence.online).toBe(0);
  });
});
