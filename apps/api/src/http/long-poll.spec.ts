import { describe, expect, it } from '@jest/globals';
import { InProcessWakeups } from '../wakeups/in-process-wakeups.js';
import type { Topic } from '../wakeups/wakeups.js';
import { longPoll } from './long-poll.js';
import { unauthorized } from './problem.js';

const HOUR = 3_600_000;

/** Wake-ups that tell how many listen. */
class CountedWakeups extends InProcessWakeups {
  listening = 0;

  override subscribe(topics: readonly Topic[], listener: (topic: Topic) => void): () => void {
    this.listening++;
    const unsubscribe = super.subscribe(topics, listener);
    return () => {
      this.listening--;
      unsubscribe();
    };
  }
}

/** A look that comes back empty the first time, before the poll listens, and is `look` from then on. */
function onceItListens<T>(look: () => Promise<T | null>): () => Promise<T | null> {
  let looks = 0;
  return async () => (++looks === 1 ? null : look());
}

describe('longPoll', () => {
  it('answers at once what is there already', async () => {
    const wakeups = new CountedWakeups();
    expect(
      await longPoll(wakeups, { topics: ['ready:command'], look: async () => 'task', wait: HOUR, signals: [] }),
    ).toBe('task');
    expect(wakeups.listening).toBe(0);
  });

  it('looks once when it may not wait', async () => {
    let looks = 0;
    const look = async () => {
      looks++;
      return null;
    };
    expect(await longPoll(new CountedWakeups(), { topics: ['ready:command'], look, wait: 0, signals: [] })).toBeNull();
    expect(looks).toBe(1);
  });

  it('answers what a wake-up brings, and sleeps on after one that brings nothing', async () => {
    const wakeups = new CountedWakeups();
    const found: (string | null)[] = [null, null, 'task'];
    const look = async () => {
      const next = found.shift() ?? null;
      // As soon as this look has come back empty, somebody wakes it again.
      if (next === null) setImmediate(() => wakeups.notifyOne('ready:command'));
      return next;
    };
    expect(await longPoll(wakeups, { topics: ['ready:command'], look, wait: HOUR, signals: [] })).toBe('task');
  });

  it('does not miss a wake-up that comes while it looks', async () => {
    const wakeups = new CountedWakeups();
    let task: string | null = null;
    const look = onceItListens(async () => {
      const seen = task;
      if (seen === null) {
        task = 'task';
        wakeups.notifyOne('ready:command');
      }
      return seen;
    });
    expect(await longPoll(wakeups, { topics: ['ready:command'], look, wait: HOUR, signals: [] })).toBe('task');
  });

  it('finds what has come between its first look and its listening', async () => {
    const found: (string | null)[] = [null, 'task'];
    const look = async () => found.shift() ?? null;
    const poll = { topics: ['ready:command'] as const, look, wait: HOUR, signals: [] };
    expect(await longPoll(new CountedWakeups(), poll)).toBe('task');
  });

  it('gives up when the caller goes, without looking again', async () => {
    const wakeups = new CountedWakeups();
    const gone = new AbortController();
    let looks = 0;
    const look = onceItListens(async () => {
      looks++;
      setImmediate(() => gone.abort());
      return null;
    });
    expect(await longPoll(wakeups, { topics: ['ready:command'], look, wait: HOUR, signals: [gone.signal] })).toBeNull();
    expect(looks).toBe(1);
    expect(wakeups.listening).toBe(0);
  });

  it('passes a wake-up on that came too late for it', async () => {
    const wakeups = new CountedWakeups();
    const gone = new AbortController();
    let passedOn = 0;
    const look = onceItListens(async () => {
      wakeups.subscribe(['ready:command'], () => passedOn++);
      gone.abort();
      // For the poll above, whose turn it is, and which will not look again.
      wakeups.notifyOne('ready:command');
      return null;
    });
    await longPoll(wakeups, { topics: ['ready:command'], look, wait: HOUR, signals: [gone.signal] });
    expect(passedOn).toBe(1);
  });

  it('never looks for a caller that has gone already', async () => {
    const look = () => Promise.reject(new Error('looked'));
    const signals = [new AbortController().signal, AbortSignal.abort()];
    expect(await longPoll(new CountedWakeups(), { topics: ['ready:command'], look, wait: HOUR, signals })).toBeNull();
  });

  it('ends with the error that a signal is aborted for, also when that comes during its last look', async () => {
    const wakeups = new CountedWakeups();
    const revoked = new AbortController();
    const look = async () => {
      revoked.abort(unauthorized('revoked'));
      return null;
    };
    const poll = { topics: ['ready:command'] as const, look, signals: [new AbortController().signal, revoked.signal] };
    await expect(longPoll(wakeups, { ...poll, wait: 0 })).rejects.toMatchObject({ code: 'unauthorized' });
    const never = () => Promise.reject(new Error('looked'));
    await expect(longPoll(wakeups, { ...poll, look: never, wait: HOUR })).rejects.toThrow('revoked');
    expect(wakeups.listening).toBe(0);
  });

  it('looks a last time when the wait ends', async () => {
    let looks = 0;
    const look = onceItListens(async () => (++looks === 2 ? 'late' : null));
    expect(await longPoll(new CountedWakeups(), { topics: ['ready:command'], look, wait: 1, signals: [] })).toBe(
      'late',
    );
  });

  it('passes on what goes wrong in a look, and stops listening', async () => {
    const wakeups = new CountedWakeups();
    const look = onceItListens(() => Promise.reject(new Error('storage')));
    await expect(longPoll(wakeups, { topics: ['ready:command'], look, wait: HOUR, signals: [] })).rejects.toThrow(
      'storage',
    );
    expect(wakeups.listening).toBe(0);
  });
});
