import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mountSmallDisk } from '../executors/testing/file-sandbox.js';
import { ManualPacing } from '../testing/manual-pacing.js';
import { memoryLog } from '../testing/memory-log.js';
import { spooledReports } from '../testing/spooled-reports.js';
import { ResultSpool } from './result-spool.js';
import { SpoolGuard } from './spool-guard.js';
import type { SpooledReport } from './spooled-report.js';

const report = (taskId: string): SpooledReport => ({ taskId, attempt: 1, status: 'completed', stdout: taskId });

let home: string;
let directory: string;
let pacing: ManualPacing;
let log: ReturnType<typeof memoryLog>;
let guard: SpoolGuard;
let changes: boolean[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'spool-guard-'));
  directory = join(home, 'spool');
  pacing = new ManualPacing();
  log = memoryLog();
  guard = new SpoolGuard(await ResultSpool.open(directory), pacing, log.logger);
  changes = [];
  guard.watch(() => changes.push(guard.writable));
});

afterEach(async () => {
  await guard.close();
  await rm(home, { recursive: true, force: true });
});

/** A file where the folder was: nothing can be written there, not even by root. */
async function breakSpool(): Promise<void> {
  await rename(directory, `${directory}.away`);
  await writeFile(directory, '');
}

async function mendSpool(): Promise<void> {
  await rm(directory);
  await rename(`${directory}.away`, directory);
}

const kept = async () => (await spooledReports(directory)).reports.map(({ taskId }) => taskId);

describe('SpoolGuard', () => {
  it('passes on to the spool', async () => {
    await guard.add(report('a'));
    await guard.add(report('b'));
    await guard.remove(report('a'));
    expect(await kept()).toEqual(['b']);
    expect(guard.writable).toBe(true);
    expect(log.lines).toEqual([]);
  });

  it('says loudly and once that the spool cannot be written, and goes on', async () => {
    await breakSpool();
    await guard.add(report('a'));
    await guard.add(report('b'));
    expect(changes).toEqual([false]);
    expect(log.messages('error')).toEqual([expect.stringMatching(/ENOTDIR.*no new task is taken/s)]);
  });

  it('writes what is in memory only as soon as that works', async () => {
    await breakSpool();
    await guard.add(report('a'));
    await guard.add(report('b'));
    (await pacing.sleeps.next()).pass();
    const pause = await pacing.sleeps.next();
    expect(pause.ms).toBeGreaterThanOrEqual(1000);
    expect(guard.writable).toBe(false);

    await mendSpool();
    const mended = new Promise<void>((resolve) => guard.watch(resolve));
    pause.pass();
    await mended;
    expect(guard.writable).toBe(true);
    expect(await kept()).toEqual(['a', 'b']);
  });

  it('finds out that the spool works again when all was delivered meanwhile, and leaves nothing there', async () => {
    await breakSpool();
    await guard.add(report('a'));
    await guard.remove(report('a'));
    await mendSpool();
    const mended = new Promise<void>((resolve) => guard.watch(resolve));
    (await pacing.sleeps.next()).pass();
    await mended;
    expect(guard.writable).toBe(true);
    expect(await readdir(directory)).toEqual([]);
  });

  it('goes on when an acknowledged report cannot be removed', async () => {
    await guard.add(report('a'));
    await breakSpool();
    await guard.remove(report('a'));
    expect(log.messages('warn')).toEqual([expect.stringMatching(/ENOTDIR/)]);
    await mendSpool();
  });

  it('tries a last time when it is closed, and tells how much is lost', async () => {
    await breakSpool();
    await guard.add(report('a'));
    await guard.add(report('b'));
    expect(await guard.close()).toBe(2);
    await mendSpool();
    expect(await guard.close()).toBe(0);
    expect(await kept()).toEqual(['a', 'b']);
  });
});

const disk = mountSmallDisk(64 * 1024);
if (disk) {
  describe('SpoolGuard on a disk that is too small for a report', () => {
    afterAll(() => disk.remove());

    it('is writable again once that report was delivered', async () => {
      const small = new SpoolGuard(await ResultSpool.open(disk.folder), pacing, log.logger);
      await small.add({ ...report('a'), stdout: 'x'.repeat(100_000) });
      expect(small.writable).toBe(false);
      await small.remove(report('a'));
      (await pacing.sleeps.next()).pass();
      const tried = new Promise<void>((resolve) => small.watch(resolve));
      // Either the trial succeeds, or another pause begins.
      await Promise.race([tried, pacing.sleeps.next()]);
      expect(small.writable).toBe(true);
      expect(await readdir(disk.folder)).toEqual([]);
      await small.close();
    });
  });
}
