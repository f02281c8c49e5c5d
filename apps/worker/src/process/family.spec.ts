import { describe, expect, it } from '@jest/globals';
import { familyOf, type Kinship } from './family.js';
import type { ProcessEntry } from './process-table.js';

const entry = (pid: number, change: Partial<ProcessEntry> = {}): ProcessEntry => ({
  pid,
  parent: 1,
  group: pid,
  session: pid,
  startedAt: `start of ${pid}`,
  name: 'sleep',
  mark: null,
  ...change,
});
const kinship = (change: Partial<Kinship> = {}): Kinship => ({
  leader: { pid: 10, startedAt: 'start of 10' },
  mark: 'worker/task/1',
  known: [],
  contained: new Set(),
  ...change,
});
const pids = (table: ProcessEntry[], change: Partial<Kinship> = {}) =>
  familyOf(table, kinship(change)).map(({ pid }) => pid);

const STRANGER = entry(99);

describe('familyOf', () => {
  it('finds who is in the group or the session, with the leader or without', () => {
    const member = entry(11, { group: 10, session: 10 });
    const ownGroup = entry(12, { session: 10 });
    expect(pids([entry(10), member, ownGroup, STRANGER])).toEqual([10, 11, 12]);
    expect(pids([member, ownGroup, STRANGER])).toEqual([11, 12]);
  });

  it('finds who carries the mark, wherever it has gone', () => {
    const daemon = entry(20, { mark: 'worker/task/1' });
    expect(pids([daemon, entry(21, { mark: 'worker/task/2' }), STRANGER])).toEqual([20]);
  });

  it('finds the descendants of any of them', () => {
    const table = [
      entry(32, { parent: 31 }),
      entry(31, { parent: 30 }),
      entry(30, { parent: 10 }),
      entry(10),
      STRANGER,
    ];
    expect(pids(table).sort()).toEqual([10, 30, 31, 32]);
  });

  it('finds those that were found before, and what these have started since', () => {
    const orphan = entry(40);
    const table = [orphan, entry(41, { parent: 40 }), STRANGER];
    expect(pids(table, { leader: null, known: [orphan] })).toEqual([40, 41]);
  });

  it('finds what the cgroup holds', () => {
    expect(pids([entry(50), STRANGER], { leader: null, contained: new Set([50]) })).toEqual([50]);
  });

  it('takes no process for the leader, or for one found before, that got its number later', () => {
    const later = entry(10, { startedAt: 'later' });
    const alsoLater = entry(40, { startedAt: 'later' });
    const table = [later, entry(11, { group: 10, session: 10 }), alsoLater];
    expect(pids(table, { known: [entry(40)] })).toEqual([]);
  });

  it('never names the worker itself', () => {
    expect(pids([entry(process.pid, { mark: 'worker/task/1' })])).toEqual([]);
  });
});
