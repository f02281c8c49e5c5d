import { describe, expect, it } from '@jest/globals';
import { PathLock } from './path-lock.js';

const never = new AbortController().signal;

function gate(): { opened: Promise<void>; open: () => void } {
  const target = new EventTarget();
  const opened = new Promise<void>((resolve) => {
    target.addEventListener('open', () => resolve());
  });
  return { opened, open: () => target.dispatchEvent(new Event('open')) };
}

describe('PathLock', () => {
  it('lets one piece of work at a time touch a path, in order', async () => {
    const locks = new PathLock();
    const events: string[] = [];
    const work = (name: string) =>
      locks.run('/a', never, async () => {
        events.push(`${name} begins`);
        await Promise.resolve();
        events.push(`${name} ends`);
      });

    await Promise.all([work('first'), work('second'), work('third')]);

    expect(events).toEqual(['first', 'second', 'third'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it('lets other paths go on meanwhile', async () => {
    const locks = new PathLock();
    const { opened, open } = gate();
    const first = locks.run('/a', never, () => opened);

    await expect(locks.run('/b', never, async () => 'done')).resolves.toBe('done');
    open();
    await first;
  });

  it('goes on after work that failed', async () => {
    const locks = new PathLock();
    const failed = locks.run('/a', never, () => Promise.reject(new Error('no')));
    const next = locks.run('/a', never, async () => 'done');

    await expect(failed).rejects.toThrow('no');
    await expect(next).resolves.toBe('done');
  });

  it('ends the wait of one that is aborted, and keeps those behind it waiting', async () => {
    const locks = new PathLock();
    const { opened, open } = gate();
    const events: string[] = [];
    const first = locks.run('/a', never, async () => {
      await opened;
      events.push('first');
    });
    const controller = new AbortController();
    const second = locks.run('/a', controller.signal, async () => events.push('second'));
    controller.abort(new Error('time is up'));
    await expect(second).rejects.toThrow('time is up');
    const third = locks.run('/a', never, async () => events.push('third'));

    open();
    await Promise.all([first, third]);

    expect(events).toEqual(['first', 'third']);
  });

  it('does nothing for one that was aborted before', async () => {
    const locks = new PathLock();
    const work = locks.run('/a', AbortSignal.abort(new Error('cancelled')), async () => 'done');

    await expect(work).rejects.toThrow('cancelled');
  });

  it('remembers no path when all work has ended', async () => {
    const locks = new PathLock();
    await Promise.all(['/a', '/a', '/b'].map((path) => locks.run(path, never, async () => path)));
    await new Promise(setImmediate);

    expect(locks.size).toBe(0);
  });
});
