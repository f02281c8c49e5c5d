import { describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { UploadNotFound } from '../errors.js';
import type { AnnouncedFile, StoredUpload } from '../file-store.js';
import { aResult, aTask, operator } from './builders.js';
import { type MakeStore, storeFixture } from './store-fixture.js';

const REPORTER = { tokenId: 'environment', workerName: null };
const DAY = 86_400_000;
const hash = (letter: string) => letter.repeat(64);

/** The behaviour that every adapter of the port shows. */
export function describeFileStore(makeStore: MakeStore): void {
  const fixture = storeFixture(makeStore);
  const { store, files, now, advance, reopen, auditTrail, submit, claim, report } = fixture;

  const announce = (taskId: string, change: Partial<AnnouncedFile> = {}) =>
    files().announce(
      {
        id: uuidv7(),
        taskId,
        attempt: 1,
        name: 'a',
        path: '/tmp/a',
        size: 3,
        sha256: hash('a'),
        contentType: 'text/plain',
        maxFiles: 2,
        ...change,
      },
      REPORTER,
      now(),
    );
  /** The id of a file that was taken. */
  const announced = async (taskId: string, change: Partial<AnnouncedFile> = {}) => {
    const verdict = await announce(taskId, change);
    if (!verdict.taken) throw new Error(`the file was refused: ${verdict.refusal}`);
    return verdict.value.id;
  };
  const complete = (id: string) => files().complete(id, REPORTER, operator, now());
  const claimed = async (change: Parameters<typeof submit>[0] = {}) => {
    const { id } = await submit(change);
    await claim();
    return id;
  };
  const upload = async (change: Partial<StoredUpload> = {}) => {
    const added = { id: uuidv7(), size: 3, sha256: hash('b'), expiresAt: now().wall + DAY, ...change };
    await files().addUpload(added);
    return added;
  };
  const ended = async (id: string) => {
    await report(id);
    await store().remove(id, operator, now());
  };

  describe('an artifact', () => {
    it('is the same at every announcement, and once in the audit when it is complete, over a restart', async () => {
      const taskId = await claimed();
      const id = await announced(taskId);
      await reopen();
      expect(await announced(taskId, { path: '/other' })).toBe(id);
      expect(await files().artifactsOf(taskId)).toEqual([]);
      await complete(id);
      advance(5);
      expect(await complete(id)).toMatchObject({ taken: true, value: { storedAt: now().wall - 5 } });
      await reopen();
      expect(await files().artifactsOf(taskId)).toEqual([
        {
          id,
          taskId,
          attempt: 1,
          name: 'a',
          path: '/tmp/a',
          size: 3,
          sha256: hash('a'),
          contentType: 'text/plain',
          storedAt: now().wall - 5,
        },
      ]);
      const stored = (await auditTrail()).filter(({ action }) => action === 'artifact.stored');
      expect(stored).toMatchObject([{ taskId, detail: { attempt: 1, name: 'a', size: 3, sha256: hash('a') } }]);
    });

    it('is replaced by other bytes of its name until it is complete', async () => {
      const taskId = await claimed();
      const first = await announced(taskId);
      const second = await announced(taskId, { sha256: hash('c') });
      expect(second).not.toBe(first);
      expect(await files().removedBlobs(10)).toEqual([first]);
      expect(await files().announced(first, REPORTER)).toEqual({ taken: false, refusal: 'unknown_file' });
      await complete(second);
      expect(await announce(taskId)).toEqual({ taken: false, refusal: 'exists' });
    });

    it('is one of as many as an attempt may leave', async () => {
      const taskId = await claimed();
      for (const name of ['a', 'b']) await announced(taskId, { name });
      expect(await announce(taskId, { name: 'c' })).toEqual({ taken: false, refusal: 'too_many' });
    });

    it('is taken from its claimant alone, and until another attempt begins', async () => {
      const retry = { maxAttempts: 2, on: ['failed'] as const, delay: 0 };
      const taskId = await claimed({ retry });
      const id = await announced(taskId);
      const stranger = { ...REPORTER, tokenId: 'other' };
      const refusal = { taken: false, refusal: 'not_claimant' };
      expect(await files().announced(id, stranger)).toEqual(refusal);
      expect(await files().complete(id, stranger, operator, now())).toEqual(refusal);
      await report(taskId, { attempt: 1, result: aResult({ outcome: 'failed' }) });
      expect(await files().announced(id, REPORTER)).toMatchObject({ taken: true });
      await store().promoteDue(advance(1), 10);
      expect(await claim()).toMatchObject({ attempt: 2 });
      expect(await complete(id)).toEqual({ taken: false, refusal: 'stale_attempt' });
    });

    it('may still come when its worker was given up, and when its task has ended by its report', async () => {
      const lost = await claimed();
      await store().loseLapsed(advance(10 * 60_000), 10);
      expect(await announce(lost)).toMatchObject({ taken: true });
      const done = await claimed();
      await report(done);
      expect(await announce(done)).toMatchObject({ taken: true });
      const cancelled = await claimed();
      await store().cancel(cancelled, operator, now());
      expect(await announce(cancelled)).toEqual({ taken: false, refusal: 'stale_attempt' });
    });

    it('leaves its bytes to be removed when its task goes, whichever way', async () => {
      const byHand = await claimed();
      const first = await announced(byHand);
      await ended(byHand);
      const byAge = await claimed();
      const second = await announced(byAge);
      await report(byAge);
      await store().removeEnded(advance(1).wall, now(), 10);
      await reopen();
      expect((await files().removedBlobs(10)).sort()).toEqual([first, second].sort());
      await files().forgetRemoved([first]);
      expect(await files().removedBlobs(10)).toEqual([second]);
      expect(await files().artifactsOf(byHand)).toBeNull();
    });

    it('is given up when it has not come a day after the end of its attempt', async () => {
      const taskId = await claimed();
      const id = await announced(taskId);
      const other = await announced(taskId, { name: 'b' });
      await complete(other);
      advance(2 * DAY);
      expect(await files().removeAbandoned(now().wall - DAY, 10)).toBe(0);
      await report(taskId);
      expect(await files().removeAbandoned(now().wall - DAY, 10)).toBe(0);
      advance(DAY + 1);
      expect(await files().removeAbandoned(now().wall - DAY, 10)).toBe(1);
      expect(await files().removedBlobs(10)).toEqual([id]);
    });
  });

  describe('an upload', () => {
    const fileWrite = (uploadId: string) =>
      aTask({ type: 'file-write', uploadId, input: { shown: { path: '/x' }, bulky: null, variables: null } });

    it('is named by tasks until its time is over, and kept for as long as one names it', async () => {
      const { id, expiresAt, size, sha256 } = await upload();
      const task = fileWrite(id);
      await store().submit([task], null, operator, now());
      expect((await auditTrail()).at(-1)?.detail).toMatchObject({ content: { bytes: size, sha256 } });
      await reopen();
      advance(DAY);
      expect(await files().removeExpiredUploads(now(), 10)).toBe(0);
      // It is there still, so that it may be named again.
      const other = fileWrite(id);
      await store().submit([other], null, operator, now());
      await store().cancel(task.id, operator, now());
      await store().remove(task.id, operator, now());
      expect(await files().removeExpiredUploads(now(), 10)).toBe(0);
      await claim();
      expect(await files().uploadOf({ taskId: other.id, attempt: 1 }, REPORTER)).toEqual({
        taken: true,
        value: { id, expiresAt, size, sha256 },
      });
      await ended(other.id);
      expect(await files().removeExpiredUploads(now(), 10)).toBe(1);
      expect(await files().removedBlobs(10)).toEqual([id]);
    });

    it('that there is not, or not any more, is refused with all that comes with it', async () => {
      const { id } = await upload();
      const unknown = store().submit([aTask(), fileWrite(uuidv7())], null, operator, now());
      await expect(unknown).rejects.toThrow(UploadNotFound);
      await expect(store().submit([fileWrite(id)], null, operator, advance(DAY))).rejects.toThrow(UploadNotFound);
      expect(await auditTrail()).toEqual([]);
    });

    it('is named by a task that does another once more', async () => {
      const { id } = await upload();
      const task = fileWrite(id);
      await store().submit([task], null, operator, now());
      await store().cancel(task.id, operator, now());
      const copy = uuidv7();
      await store().retry(task.id, copy, null, operator, advance(2 * DAY));
      await store().remove(task.id, operator, now());
      expect(await files().removeExpiredUploads(now(), 10)).toBe(0);
      await claim();
      expect(await files().uploadOf({ taskId: copy, attempt: 1 }, REPORTER)).toMatchObject({ value: { id } });
    });
  });

  it('knows which ids are of nothing', async () => {
    const artifact = await announced(await claimed());
    const { id } = await upload();
    const unknown = uuidv7();
    expect(await files().unknownOf([unknown, artifact, id])).toEqual([unknown]);
  });
}
