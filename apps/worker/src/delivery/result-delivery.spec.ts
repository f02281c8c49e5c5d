import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ReportOutcome } from '../server/api-client.js';
import { ApiError } from '../server/api-error.js';
import { ServerContact } from '../server/server-contact.js';
import { ManualPacing } from '../testing/manual-pacing.js';
import { memoryLog } from '../testing/memory-log.js';
import { ScriptedApi, type ScriptedReport } from '../testing/scripted-api.js';
import { ScriptedUploads } from '../testing/scripted-uploads.js';
import { spooledReports } from '../testing/spooled-reports.js';
import { ResultDelivery } from './result-delivery.js';
import { ResultSpool } from './result-spool.js';
import { SpoolGuard } from './spool-guard.js';
import type { SpooledReport } from './spooled-report.js';

const MIB = 1_048_576;
const ACKNOWLEDGED: ReportOutcome = { kind: 'acknowledged' };
const FAILED: ReportOutcome = { kind: 'failed', error: new ApiError('network', 'ECONNREFUSED') };
const refused = (detail: string): ReportOutcome => ({ kind: 'refused', detail });

const report = (taskId: string, over: Partial<SpooledReport> = {}): SpooledReport => ({
  taskId,
  attempt: 1,
  status: 'completed',
  stdout: 'out',
  ...over,
});
const idsOf = (sent: ScriptedReport) => sent.reports.map(({ taskId }) => taskId);

let home: string;
let directory: string;
let api: ScriptedApi;
let pacing: ManualPacing;
let log: ReturnType<typeof memoryLog>;
let uploads: ScriptedUploads;
let spool: ResultSpool;
let delivery: ResultDelivery;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'delivery-'));
  directory = join(home, 'spool');
  api = new ScriptedApi();
  pacing = new ManualPacing(1);
  log = memoryLog();
  spool = await ResultSpool.open(directory);
  const guard = new SpoolGuard(spool, pacing, log.logger);
  uploads = new ScriptedUploads();
  const contact = new ServerContact({ url: 'http://api', workerName: 'mac' }, pacing, log.logger);
  delivery = new ResultDelivery(guard, api, uploads, contact, pacing, log.logger);
});

afterEach(() => rm(home, { recursive: true, force: true }));

const onDisk = async () => (await spooledReports(directory)).reports;

/** Takes over what an earlier run has left. */
async function resume(...reports: SpooledReport[]): Promise<void> {
  for (const one of reports) await spool.add(one);
  delivery.resume((await spool.load()).attempts);
}

/** Ends the delivery; all its pauses and its patience pass. */
function finish() {
  void pacing.sleeps.passOn((sleep) => sleep.pass());
  return delivery.finish(1);
}

describe('ResultDelivery', () => {
  it('has a report on disk before it sends it, and removes it when it is acknowledged', async () => {
    const accepted = delivery.accept(report('a'));
    expect(delivery.unacknowledged()).toEqual([{ taskId: 'a', attempt: 1 }]);
    expect(api.reports.size).toBe(0);
    await accepted;
    const sent = await api.reports.next();
    expect(sent.reports).toEqual([report('a')]);
    expect(await onDisk()).toEqual([report('a')]);
    sent.settle(ACKNOWLEDGED);
    expect(await finish()).toEqual({ left: 0, lost: 0 });
    expect(delivery.unacknowledged()).toEqual([]);
    expect(await onDisk()).toEqual([]);
  });

  it('sends together what has come in while it was sending', async () => {
    await delivery.accept(report('a'));
    const first = await api.reports.next();
    await delivery.accept(report('b'));
    await delivery.accept(report('c'));
    first.settle(ACKNOWLEDGED);
    const second = await api.reports.next();
    expect(idsOf(second)).toEqual(['b', 'c']);
    second.settle(ACKNOWLEDGED);
    await finish();
  });

  it('delivers what an earlier run left, oldest first', async () => {
    await resume(report('old'), report('newer'));
    expect(delivery.unacknowledged()).toHaveLength(2);
    const sent = await api.reports.next();
    expect(idsOf(sent)).toEqual(['old', 'newer']);
    sent.settle(ACKNOWLEDGED);
    await finish();
  });

  it('puts no more than 32 MiB into one request of many', async () => {
    const large = '\u0001'.repeat(3 * MIB);
    await resume(report('a', { stdout: large }), report('b', { stdout: large }), report('c'));
    const first = await api.reports.next();
    expect(idsOf(first)).toEqual(['a']);
    first.settle(ACKNOWLEDGED);
    const second = await api.reports.next();
    expect(idsOf(second)).toEqual(['b', 'c']);
    second.settle(ACKNOWLEDGED);
    await finish();
  });

  it('tries again after a pause that grows, until it gets through', async () => {
    await delivery.accept(report('a'));
    for (const pause of [250, 500, 1000]) {
      (await api.reports.next()).settle(FAILED);
      const sleep = await pacing.sleeps.next();
      expect(sleep.ms).toBe(pause);
      expect(api.reports.size).toBe(0);
      sleep.pass();
    }
    (await api.reports.next()).settle(ACKNOWLEDGED);
    expect(await finish()).toEqual({ left: 0, lost: 0 });
    expect(log.messages('warn')).toHaveLength(1);
  });

  it('tries at once when it is told that the server is back', async () => {
    await delivery.accept(report('a'));
    (await api.reports.next()).settle(FAILED);
    await pacing.sleeps.next();
    delivery.retryNow();
    (await api.reports.next()).settle(ACKNOWLEDGED);
    await finish();
  });

  it('lets one that the server cannot take keep back no other', async () => {
    const huge = '\u0001'.repeat(6 * MIB);
    await resume(report('huge', { stdout: huge }), report('small'));
    const first = await api.reports.next();
    expect(idsOf(first)).toEqual(['huge']);
    first.settle(FAILED);
    (await pacing.sleeps.next()).pass();
    const second = await api.reports.next();
    expect(idsOf(second)).toEqual(['small']);
    second.settle(ACKNOWLEDGED);
    const third = await api.reports.next();
    expect(idsOf(third)).toEqual(['huge']);
    expect(log.messages('info').join()).not.toContain('reached again');
    third.settle(ACKNOWLEDGED);
    await finish();
    expect(log.messages('info').join()).toContain('reached again');
  });

  it('drops a report that the server has no use for, and says so', async () => {
    await delivery.accept(report('a'));
    (await api.reports.next()).settle({ kind: 'gone', detail: 'HTTP 409: stale' });
    expect(await finish()).toEqual({ left: 0, lost: 0 });
    expect(await onDisk()).toEqual([]);
    expect(log.messages('warn')).toEqual([expect.stringContaining('HTTP 409: stale')]);
  });

  it('replaces a refused report by a minimal one, on disk as well', async () => {
    await delivery.accept(report('a', { stdout: 'odd' }));
    (await api.reports.next()).settle(refused('HTTP 400: odd output'));
    const second = await api.reports.next();
    expect(second.reports).toMatchObject([
      {
        taskId: 'a',
        attempt: 1,
        status: 'completed',
        error: 'the server refused the full report: HTTP 400: odd output',
      },
    ]);
    expect(second.reports[0]?.stdout).toBeUndefined();
    expect(await onDisk()).toEqual(second.reports);
    expect(log.messages('error')).toEqual([expect.stringContaining('HTTP 400: odd output')]);
    second.settle(ACKNOWLEDGED);
    expect(await finish()).toEqual({ left: 0, lost: 0 });
  });

  it('keeps a refused report under a name that it tells', async () => {
    await delivery.accept(report('a', { stdout: 'odd' }));
    (await api.reports.next()).settle(refused('HTTP 400'));
    (await api.reports.next()).settle(ACKNOWLEDGED);
    await finish();
    const [name = '', ...others] = await readdir(directory);
    expect(others).toEqual([]);
    expect(name).toMatch(/\.json\.refused$/);
    expect(await readFile(join(directory, name), 'utf8')).toContain('"stdout":"odd"');
    expect(log.messages('error')).toEqual([expect.stringContaining(JSON.stringify(join(directory, name)))]);
  });

  it('replaces a refused report that was never on disk', async () => {
    await rename(directory, `${directory}.away`);
    await writeFile(directory, '');
    await delivery.accept(report('a', { stdout: 'odd' }));
    (await api.reports.next()).settle(refused('HTTP 400'));
    const minimal = await api.reports.next();
    expect(minimal.reports[0]?.stdout).toBeUndefined();
    minimal.settle(ACKNOWLEDGED);
    expect(await delivery.finish(1)).toEqual({ left: 0, lost: 0 });
    expect(log.messages('error').join()).not.toContain('kept as');
  });

  it('gives up when the minimal report is refused as well', async () => {
    await delivery.accept(report('a'));
    (await api.reports.next()).settle(refused('HTTP 413'));
    (await api.reports.next()).settle(refused('HTTP 400'));
    expect(await finish()).toEqual({ left: 0, lost: 0 });
    expect(await onDisk()).toEqual([]);
    expect(log.messages('error')).toHaveLength(2);
  });

  it('forgets what the server does not want while it is being sent', async () => {
    await delivery.accept(report('a'));
    const sent = await api.reports.next();
    expect(delivery.holds({ taskId: 'a', attempt: 1 })).toBe(true);
    await delivery.drop({ taskId: 'a', attempt: 1 });
    expect(delivery.holds({ taskId: 'a', attempt: 1 })).toBe(false);
    sent.settle(refused('HTTP 400'));
    expect(await finish()).toEqual({ left: 0, lost: 0 });
    expect(await onDisk()).toEqual([]);
    expect(log.messages('error')).toEqual([]);
  });

  it('leaves nothing on disk of a report that is dropped while it is being written', async () => {
    const accepted = delivery.accept(report('a'));
    await Promise.all([accepted, delivery.drop({ taskId: 'a', attempt: 1 })]);
    await finish();
    expect(await onDisk()).toEqual([]);
    expect(api.reports.size).toBe(0);
  });

  it('ends the outage when what could not be sent is not wanted any more', async () => {
    await delivery.accept(report('a'));
    (await api.reports.next()).settle(FAILED);
    await pacing.sleeps.next();
    await delivery.drop({ taskId: 'a', attempt: 1 });
    expect(log.messages('info').join()).toContain('reached again');
    await delivery.accept(report('b'));
    (await api.reports.next()).settle(ACKNOWLEDGED);
    await finish();
  });

  it('sends a report that could not be written', async () => {
    await rename(directory, `${directory}.away`);
    await writeFile(directory, '');
    await delivery.accept(report('a'));
    const sent = await api.reports.next();
    expect(idsOf(sent)).toEqual(['a']);
    sent.settle(ACKNOWLEDGED);
    expect(await delivery.finish(1)).toEqual({ left: 0, lost: 0 });
  });

  describe('when the worker stops', () => {
    it('leaves on disk what cannot be delivered in time', async () => {
      await delivery.accept(report('a'));
      (await api.reports.next()).settle(FAILED);
      expect(await finish()).toEqual({ left: 1, lost: 0 });
      expect(await onDisk()).toEqual([report('a')]);
    });

    it('tells what is lost because it is nowhere but in memory', async () => {
      await rename(directory, `${directory}.away`);
      await writeFile(directory, '');
      await delivery.accept(report('a'));
      (await api.reports.next()).settle(FAILED);
      expect(await finish()).toEqual({ left: 1, lost: 1 });
    });

    it('tries at once, though the pause after the last failure is not over', async () => {
      await delivery.accept(report('a'));
      (await api.reports.next()).settle(FAILED);
      await pacing.sleeps.next();
      const finishing = delivery.finish(5000);
      (await api.reports.next()).settle(ACKNOWLEDGED);
      expect(await finishing).toEqual({ left: 0, lost: 0 });
    });
  });
});

describe('the files of a report', () => {
  const files = [{ path: '/tmp/shot.png', name: 'shot.png' }];
  const left = async () => (await (await ResultSpool.open(directory)).load()).attempts.map((attempt) => attempt.files);

  it('are brought after it is on disk and before it is sent, while others go on', async () => {
    await delivery.accept(report('a'), files);
    const upload = await uploads.begun.next();
    expect(upload).toMatchObject({ ref: { taskId: 'a', attempt: 1 }, files });
    expect(await left()).toEqual([files]);
    await delivery.accept(report('b'));
    const other = await api.reports.next();
    expect(idsOf(other)).toEqual(['b']);
    other.settle(ACKNOWLEDGED);
    expect(delivery.holds({ taskId: 'a', attempt: 1 })).toBe(true);
    upload.end();
    const sent = await api.reports.next();
    expect(sent.reports).toEqual([report('a')]);
    expect(await left()).toEqual([[]]);
    sent.settle(ACKNOWLEDGED);
    expect(await finish()).toEqual({ left: 0, lost: 0 });
  });

  it('that did not arrive are told in its metadata', async () => {
    const problem = { path: '/a', problem: 'gone' };
    await delivery.accept(report('a', { metadata: { sessionId: 's', artifactProblems: [problem] } }), files);
    (await uploads.begun.next()).end([problem]);
    const sent = await api.reports.next();
    expect(sent.reports[0]?.metadata).toEqual({ sessionId: 's', artifactProblems: [problem, problem] });
    sent.settle(ACKNOWLEDGED);
    await finish();
  });

  it('that did not arrive are told up to a bound', async () => {
    await delivery.accept(report('a'), files);
    (await uploads.begun.next()).end(Array.from({ length: 50 }, () => ({ path: '/a', problem: 'gone' })));
    const sent = await api.reports.next();
    expect(sent.reports[0]?.metadata).toMatchObject({ artifactProblemsLeftOut: 30 });
    expect(sent.reports[0]?.metadata?.artifactProblems).toHaveLength(20);
    sent.settle(ACKNOWLEDGED);
    await finish();
  });

  it('are brought by the next start when this one ends before', async () => {
    await delivery.accept(report('a'), files);
    const upload = await uploads.begun.next();
    expect(await finish()).toEqual({ left: 1, lost: 0 });
    expect(upload.signal.aborted).toBe(true);
    expect(await left()).toEqual([files]);
    delivery.resume((await spool.load()).attempts);
    expect((await uploads.begun.next()).files).toEqual(files);
  });

  it('are given up with a report that is dropped', async () => {
    await delivery.accept(report('a'), files);
    const upload = await uploads.begun.next();
    await delivery.drop({ taskId: 'a', attempt: 1 });
    expect(upload.signal.aborted).toBe(true);
    expect(await onDisk()).toEqual([]);
    expect(await finish()).toEqual({ left: 0, lost: 0 });
  });
});

describe('many large reports', () => {
  // Its JSON may take six times as much, for all that is known without looking.
  const large = (taskId: string) => report(taskId, { stdout: 'x'.repeat(5 * MIB) });

  it('are read from disk again when they are sent', async () => {
    await delivery.accept(large('a'));
    const failing = await api.reports.next();
    await delivery.accept(large('b'));
    await delivery.accept(large('c'));
    await spool.add(report('c', { stdout: 'as it is on disk' }));
    failing.settle(ACKNOWLEDGED);
    const second = await api.reports.next();
    expect(second.reports).toEqual([large('b')]);
    second.settle(ACKNOWLEDGED);
    const third = await api.reports.next();
    expect(third.reports).toEqual([report('c', { stdout: 'as it is on disk' })]);
    third.settle(ACKNOWLEDGED);
    expect(await finish()).toEqual({ left: 0, lost: 0 });
  });

  it('are told as lost when the disk has lost them, and the others are sent', async () => {
    await spool.add(report('a'));
    await spool.add(report('b'));
    const { attempts } = await spool.load();
    await spool.remove({ taskId: 'a', attempt: 1 });
    delivery.resume(attempts);
    const sent = await api.reports.next();
    expect(idsOf(sent)).toEqual(['b']);
    sent.settle(ACKNOWLEDGED);
    expect(await finish()).toEqual({ left: 0, lost: 0 });
    expect(log.messages('error')).toEqual([expect.stringContaining('a result is lost')]);
  });
});
