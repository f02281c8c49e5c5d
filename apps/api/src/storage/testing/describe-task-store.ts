import { describe, expect, it } from '@jest/globals';
import { QueueFull } from '../errors.js';
import type { TaskPage } from '../task-store.js';
import { aResult, aTask, operator } from './builders.js';
import { describeHandingOut } from './describe-handing-out.js';
import { describeTaskControl } from './describe-task-control.js';
import { MAX_PENDING, type MakeStore, storeFixture } from './store-fixture.js';

const LEASE = 60_000;

/** The behaviour that every adapter of the port shows. */
export function describeTaskStore(makeStore: MakeStore): void {
  const fixture = storeFixture(makeStore);
  const { store, workers, now, advance, reopen, auditTrail, submit, list, status, claim, report, poll } = fixture;
  const actions = async () => (await auditTrail()).map(({ action }) => action);

  describe('submitting and reading', () => {
    it('keeps every part of a task over a restart', async () => {
      const task = aTask({
        type: 'file-write',
        input: { shown: { path: '/tmp/ü' }, bulky: { content: 'a\0b' }, variables: { KEY: 'value' } },
        labels: { ['__proto__']: 1, nested: { list: [null, 'x'] } },
      });
      await store().submit([task], null, operator, now());
      const stored = await store().find(task.id);
      await reopen();
      const { auditDetail: _, dueAt: _due, uploadId: _upload, discord: _discord, ...kept } = task;
      expect(await store().find(task.id)).toEqual(stored);
      expect(stored).toMatchObject(kept);
      expect(stored?.state).toMatchObject({ status: 'pending', attempt: 0, expiresAt: now().wall + 900_000 });
    });

    it('does not know what was never submitted', async () => {
      expect(await store().find('0190b3c0-0000-7000-8000-000000000099')).toBeNull();
    });

    it('lists newest first, and stays stable while tasks are added', async () => {
      const ids = [];
      for (let n = 0; n < 5; n++) ids.push((await submit()).id);
      const first = await list(2);
      expect(first.tasks.map(({ id }) => id)).toEqual([ids[4], ids[3]]);
      await claim();
      await submit();
      const second = await list(2, first.next);
      expect(second.tasks.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
      const third = await list(2, second.next);
      expect(third).toMatchObject({ next: null, tasks: [{ id: ids[0] }] });
    });

    it('lists no output and nothing bulky', async () => {
      const { id } = await submit({
        input: { shown: { path: '/x' }, bulky: { content: 'long' }, variables: { A: 'b' } },
      });
      await claim();
      await report(id, { result: aResult({ stdout: 'printed', outputBytes: { stdout: 7, stderr: 0 } }) });
      const [listed] = (await list(1)).tasks;
      expect(listed?.input).toEqual({ shown: { path: '/x' }, bulky: null, variables: null });
      expect(listed?.result).toMatchObject({ outputBytes: { stdout: 7, stderr: 0 } });
      expect(listed?.result).not.toHaveProperty('stdout');
    });

    it('ends a page early when its tasks are large, and goes on with the next', async () => {
      const ids = [];
      for (let n = 0; n < 4; n++) {
        const { id } = await submit();
        await claim();
        await report(id, { result: aResult({ outcome: 'failed', error: 'x'.repeat(5_000_000) }) });
        ids.unshift(id);
      }
      const seen = [];
      let before: number | null = null;
      do {
        const page: TaskPage = await list(200, before);
        expect(page.tasks.length).toBeLessThan(4);
        seen.push(...page.tasks.map(({ id }) => id));
        before = page.next;
      } while (before !== null);
      expect(seen).toEqual(ids);
    });

    it('refuses more waiting tasks than it may hold, and keeps those it has', async () => {
      for (let n = 0; n < MAX_PENDING; n++) await submit();
      await expect(submit()).rejects.toThrow(QueueFull);
      expect(await store().counts()).toMatchObject({ pending: MAX_PENDING, running: 0, completed: 0 });
      await claim();
      await submit();
    });

    it('counts tasks by status', async () => {
      const { id } = await submit();
      await submit();
      await claim();
      await report(id);
      expect(await store().counts()).toMatchObject({ pending: 1, running: 0, completed: 1 });
    });
  });

  describeHandingOut(fixture);
  describeTaskControl(fixture);

  describe('time', () => {
    it('expires what nobody took, and hands it out no more', async () => {
      const { id } = await submit({ expiresIn: 1000 });
      expect(await store().expireOverdue(advance(999), 10)).toBe(0);
      advance(1);
      expect(await claim()).toBeNull();
      expect(await store().expireOverdue(now(), 10)).toBe(1);
      expect((await store().find(id))?.state).toMatchObject({ status: 'expired', completedAt: now().wall });
    });

    it('starts every lease anew when the server comes back', async () => {
      await submit();
      await poll();
      advance(10 * LEASE);
      await reopen();
      await store().resumeLeases(now());
      expect(await workers().online()).toMatchObject([{ name: 'mac', running: 1 }]);
      expect(await store().loseLapsed(advance(LEASE - 1), 10)).toBe(0);
      expect(await store().loseLapsed(advance(1), 10)).toBe(1);
    });

    it('removes what ended long ago, in pages, and nothing else', async () => {
      const { id: old } = await submit();
      await claim();
      await report(old, { result: aResult({ stdout: 'old' }) });
      advance(1000);
      const { id: young } = await submit();
      await claim();
      await report(young);
      const { id: waiting } = await submit();
      expect(await store().removeEnded(now().wall, now(), 10)).toBe(1);
      expect(await Promise.all([old, young, waiting].map(status))).toEqual([undefined, 'completed', 'pending']);
      expect(await store().removeEnded(now().wall, now(), 10)).toBe(0);
    });

    it('works a page at a time', async () => {
      for (let n = 0; n < 3; n++) await submit({ expiresIn: 1 });
      advance(1);
      expect(await store().expireOverdue(now(), 2)).toBe(2);
      expect(await store().expireOverdue(now(), 2)).toBe(1);
    });
  });

  describe('the audit', () => {
    it('tells every change, in order, with who made it', async () => {
      const { id } = await submit();
      await poll();
      await poll({ max: 0 });
      await poll();
      await report(id, { attempt: 2 });
      await workers().markOffline('mac', operator, now());
      expect(await actions()).toEqual([
        'task.submitted',
        'worker.registered',
        'task.claimed',
        'task.released',
        'task.claimed',
        'task.completed',
        'worker.offline',
      ]);
      const trail = await auditTrail();
      const attempts = trail.filter(({ taskId }) => taskId === id).map(({ detail }) => detail?.attempt);
      expect(attempts).toEqual([undefined, 1, 1, 2, 2]);
      expect(trail[0]).toMatchObject({
        seq: 1,
        at: now().wall,
        actor: { id: 'environment', name: 'WORKER_TOKEN', role: 'admin' },
        ip: '127.0.0.1',
        requestId: 'request',
        taskId: id,
        outcome: 'success',
        detail: { type: 'command', command: 'true' },
      });
    });

    it('says nothing of what was refused', async () => {
      for (let n = 0; n < MAX_PENDING; n++) await submit();
      await submit().catch(() => undefined);
      await report('unknown');
      expect(await actions()).toHaveLength(MAX_PENDING);
    });
  });
}
