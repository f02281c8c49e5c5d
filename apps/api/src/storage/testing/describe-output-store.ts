import { describe, expect, it } from '@jest/globals';
import type { PrintedChunk } from '../output-store.js';
import { aResult, operator } from './builders.js';
import { type MakeStore, storeFixture } from './store-fixture.js';

/** How much the store under test keeps of one task, in bytes. */
export const MAX_OUTPUT_BYTES = 1000;
const WHOLE = 1_000_000;

/** The behaviour that every adapter of the port shows. */
export function describeOutputStore(makeStore: MakeStore): void {
  const { store, output, now, advance, changes, submit, claim, report, status } = storeFixture(makeStore);

  const reporter = { tokenId: 'environment', workerName: null };
  const chunk = (seq: number, text: string, stream: 'stdout' | 'stderr' = 'stdout'): PrintedChunk => ({
    seq,
    stream,
    data: Buffer.from(text),
  });
  const print = (taskId: string, chunks: PrintedChunk[], attempt = 1) =>
    output().append({ taskId, attempt, reporter, chunks }, now());
  const read = async (taskId: string, after = 0, bytes = WHOLE) => {
    const page = await output().page(taskId, after, bytes);
    if (!page) throw new Error('there is no such task');
    return { done: page.done, chunks: page.chunks.map(({ seq, data }) => `${seq} ${data}`) };
  };
  const running = async (change = {}) => {
    const { id } = await submit(change);
    await claim();
    return id;
  };
  const printed = (stdout: string, change = {}) => ({
    result: aResult({ stdout, outputBytes: { stdout: Buffer.byteLength(stdout), stderr: 0 }, ...change }),
  });

  describe('what a process prints', () => {
    it('is read in order, from any place on, before and after the end', async () => {
      const id = await running();
      expect(await print(id, [chunk(1, 'a'), chunk(2, 'b', 'stderr')])).toEqual({ taken: true, next: 3 });
      advance(5);
      expect(await print(id, [chunk(3, 'c')])).toEqual({ taken: true, next: 4 });
      expect(await read(id)).toEqual({ done: false, chunks: ['1 a', '2 b', '3 c'] });
      expect(await read(id, 2)).toEqual({ done: false, chunks: ['3 c'] });
      expect(await read(id, 3)).toEqual({ done: false, chunks: [] });
      const page = await output().page(id, 1, WHOLE);
      expect(page?.chunks[0]).toEqual({
        seq: 2,
        attempt: 1,
        stream: 'stderr',
        data: Buffer.from('b'),
        at: now().wall - 5,
      });
      await report(id, printed('ac', { stderr: 'b', outputBytes: { stdout: 2, stderr: 1 } }));
      expect(await read(id)).toEqual({ done: true, chunks: ['1 a', '2 b', '3 c'] });
      expect(await output().page('0190b3c0-0000-7000-8000-000000000099', 0, WHOLE)).toBeNull();
    });

    it('is told of once it is stored, and only then', async () => {
      const id = await running();
      const before = changes().length;
      await print(id, [chunk(1, 'a')]);
      await print(id, [chunk(1, 'a')]);
      expect(changes().slice(before)).toEqual([{ kind: 'output', taskId: id }]);
    });

    it('comes a page at a time', async () => {
      const id = await running();
      await print(
        id,
        Array.from({ length: 40 }, (_, index) => chunk(index + 1, '0123456789')),
      );
      expect((await read(id, 0, 25)).chunks).toHaveLength(3);
      expect((await read(id, 0, 200)).chunks).toHaveLength(20);
      expect((await read(id, 37, 25)).chunks).toHaveLength(3);
    });

    it('is begun near its end by those who want no more', async () => {
      const id = await running();
      await print(
        id,
        Array.from({ length: 40 }, (_, index) => chunk(index + 1, '0123456789')),
      );
      expect(await output().beforeTail(id, 25)).toBe(37);
      expect(await output().beforeTail(id, 200)).toBe(20);
      expect(await output().beforeTail(id, 400)).toBe(0);
      expect(await output().beforeTail(id, 401)).toBe(0);
      expect(await output().beforeTail('0190b3c0-0000-7000-8000-000000000099', 1)).toBeNull();
    });

    it('is taken once, however often it is sent', async () => {
      const id = await running();
      await print(id, [chunk(1, 'a'), chunk(2, 'b')]);
      expect(await print(id, [chunk(1, 'a'), chunk(2, 'b')])).toEqual({ taken: true, next: 3 });
      expect(await print(id, [chunk(2, 'b'), chunk(3, 'c')])).toEqual({ taken: true, next: 4 });
      expect(await print(id, [])).toEqual({ taken: true, next: 4 });
      expect((await read(id)).chunks).toEqual(['1 a', '2 b', '3 c']);
    });

    it('is refused as a whole when something is missing before or within it', async () => {
      const id = await running();
      await print(id, [chunk(1, 'a')]);
      const gap = { taken: false, refusal: 'gap', next: 2 };
      expect(await print(id, [chunk(3, 'c')])).toEqual(gap);
      expect(await print(id, [chunk(2, 'b'), chunk(4, 'd')])).toEqual(gap);
      expect((await read(id)).chunks).toEqual(['1 a']);
    });

    it('is taken from its worker alone, for the newest attempt, until its report', async () => {
      const id = await running();
      const other = { tokenId: 'other', workerName: null };
      const send = (change: object) =>
        output().append({ taskId: id, attempt: 1, reporter, chunks: [chunk(1, 'a')], ...change }, now());
      expect(await send({ reporter: other })).toEqual({ taken: false, refusal: 'not_claimant' });
      expect(await send({ attempt: 2 })).toEqual({ taken: false, refusal: 'stale_attempt' });
      expect(await send({ taskId: '0190b3c0-0000-7000-8000-000000000099' })).toEqual({
        taken: false,
        refusal: 'unknown',
      });
      await report(id);
      expect(await send({})).toEqual({ taken: false, refusal: 'stale_attempt' });
      const { id: waiting } = await submit();
      expect(await send({ taskId: waiting })).toEqual({ taken: false, refusal: 'stale_attempt' });
    });

    it('is taken of an attempt that was given up as lost, and of one whose successor has not begun', async () => {
      const lost = await running({ timeout: 1000 });
      const retried = await running({ timeout: 1000, retry: { maxAttempts: 2, on: ['lost'], delay: 1000 } });
      advance(61_000);
      await store().loseLapsed(now(), 10);
      expect([await status(lost), await status(retried)]).toEqual(['lost', 'pending']);
      expect((await read(lost)).done).toBe(true);
      expect(await print(lost, [chunk(1, 'late')])).toEqual({ taken: true, next: 2 });
      expect(await print(retried, [chunk(1, 'late')])).toEqual({ taken: true, next: 2 });
      await store().promoteDue(advance(5000), 10);
      expect(await claim()).toMatchObject({ id: retried, attempt: 2 });
      expect(await print(retried, [chunk(2, 'later')])).toEqual({ taken: false, refusal: 'stale_attempt' });
    });
  });

  describe('what was not streamed', () => {
    it('is read from the report, after what was', async () => {
      const id = await running();
      await print(id, [chunk(1, 'one ')]);
      await report(id, printed('one two', { stderr: 'err', outputBytes: { stdout: 7, stderr: 3 } }));
      expect(await read(id)).toEqual({ done: true, chunks: ['1 one ', '2 two', '3 err'] });
      expect(await read(id, 2)).toEqual({ done: true, chunks: ['3 err'] });
      expect(await read(id, 1, 1)).toEqual({ done: false, chunks: ['2 two'] });
      expect(await read(id, 3)).toEqual({ done: true, chunks: [] });
    });

    it('is kept when a further attempt follows, whose chunks have higher numbers', async () => {
      const id = await running({ retry: { maxAttempts: 2, on: ['failed'], delay: 0 } });
      await print(id, [chunk(1, 'one ')]);
      await report(id, printed('one two', { outcome: 'failed' }));
      expect(await read(id)).toEqual({ done: false, chunks: ['1 one ', '2 two'] });
      await store().promoteDue(advance(5000), 10);
      expect(await claim()).toMatchObject({ attempt: 2 });
      expect(await print(id, [chunk(1, 'again ')], 2)).toEqual({ taken: true, next: 2 });
      await report(id, { attempt: 2, ...printed('again too') });
      expect(await read(id)).toEqual({ done: true, chunks: ['1 one ', '2 two', '3 again ', '4 too'] });
    });

    it('is told once when a task that was to be tried again is cancelled', async () => {
      const id = await running({ retry: { maxAttempts: 2, on: ['failed'], delay: 1000 } });
      await report(id, printed('once', { outcome: 'failed' }));
      await store().cancel(id, operator, now());
      expect(await read(id)).toEqual({ done: true, chunks: ['1 once'] });
    });
  });

  describe('more than is kept', () => {
    it('loses chunks of the middle, keeps its head and its newest, and goes on counting', async () => {
      const id = await running();
      for (let seq = 1; seq <= 30; seq += 1) await print(id, [chunk(seq, String(seq).padStart(100))]);
      const kept = (await read(id)).chunks.map((line) => Number(line.split(' ')[0]));
      expect(kept).toEqual([1, 2, 3, 4, 5, 26, 27, 28, 29, 30]);
      expect(await print(id, [chunk(31, 'x')])).toEqual({ taken: true, next: 32 });
    });

    it('goes with its task, and before it when the task is old', async () => {
      const id = await running();
      await print(id, [chunk(1, 'a'), chunk(2, 'b'), chunk(3, 'c')]);
      await report(id, printed('abc'));
      expect(await output().removeOfEnded(now().wall, 10)).toBe(0);
      expect(await output().removeOfEnded(now().wall + 1, 2)).toBe(2);
      expect(await output().removeOfEnded(now().wall + 1, 2)).toBe(1);
      await store().remove(id, operator, now());
      expect(await output().page(id, 0, WHOLE)).toBeNull();
    });
  });
}
