import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { makeFolder, mountSmallDisk, removeFolder } from '../executors/testing/file-sandbox.js';
import { spooledReports } from '../testing/spooled-reports.js';
import { ResultSpool } from './result-spool.js';
import type { SpooledReport } from './spooled-report.js';

const TASK = '01890a5d-ac96-774b-bcce-b302099a8057';
let home: string;
let directory: string;
const report = (over: Partial<SpooledReport> = {}): SpooledReport => ({
  taskId: TASK,
  attempt: 1,
  status: 'completed',
  stdout: 'out\u0000 \ud800',
  stderr: '',
  exitCode: 0,
  signal: null,
  error: null,
  metadata: { size: 1 },
  duration: 12.5,
  truncated: { stdout: false, stderr: true },
  outputBytes: { stdout: 3, stderr: 0 },
  ...over,
});
const reopened = () => spooledReports(directory);

beforeEach(() => {
  home = makeFolder();
  directory = join(home, 'spool/results');
});
afterEach(() => removeFolder(home));

describe('ResultSpool', () => {
  it('gives the next run the reports as they were, oldest first', async () => {
    const spool = await ResultSpool.open(directory);
    const reports = [3, 1, 2].map((attempt) => report({ attempt }));
    for (const each of reports) await spool.add(each);

    await expect(reopened()).resolves.toEqual({ reports, setAside: [] });
  });

  it('keeps the order over restarts, even when the clock has gone back', async () => {
    await (await ResultSpool.open(directory, () => 2000)).add(report({ attempt: 2 }));
    const later = await ResultSpool.open(directory, () => 1000);
    await later.load();
    await later.add(report({ attempt: 1 }));
    await later.add(report({ attempt: 3 }));

    const { reports } = await reopened();

    expect(reports.map(({ attempt }) => attempt)).toEqual([2, 1, 3]);
  });

  it('closes its folder and its files to other users', async () => {
    const spool = await ResultSpool.open(directory);
    await spool.add(report());

    const modes = [directory, join(directory, readdirSync(directory)[0] ?? '')].map(
      (path) => statSync(path).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600]);
  });

  it('replaces an earlier report of the same attempt', async () => {
    const spool = await ResultSpool.open(directory);
    await spool.add(report({ stdout: 'first' }));
    await spool.add(report({ stdout: 'second' }));

    await expect(reopened()).resolves.toMatchObject({ reports: [{ stdout: 'second' }] });
  });

  it('forgets what is acknowledged, that attempt only, and does not mind being told twice', async () => {
    const spool = await ResultSpool.open(directory);
    await spool.add(report({ attempt: 1 }));
    await spool.add(report({ attempt: 2 }));

    await spool.remove({ taskId: TASK, attempt: 1 });
    await spool.remove({ taskId: TASK, attempt: 1 });

    await expect(reopened()).resolves.toMatchObject({ reports: [{ attempt: 2 }] });
  });

  it('keeps reports of any task id apart, inside its folder', async () => {
    const ids = fc.uniqueArray(
      fc.oneof(
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.constantFrom('..', '../x', '/', 'A', 'a', '\ud800', '\udfff', 'x'.repeat(500)),
      ),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(ids, async (taskIds) => {
        const spool = await ResultSpool.open(directory);
        for (const taskId of taskIds) await spool.add(report({ taskId }));

        const { reports, setAside } = await reopened();

        expect(reports.map(({ taskId }) => taskId)).toEqual(taskIds);
        expect(setAside).toEqual([]);
        expect(readdirSync(directory)).toHaveLength(taskIds.length);
        for (const taskId of taskIds) await spool.remove({ taskId, attempt: 1 });
        expect(readdirSync(directory)).toEqual([]);
      }),
      { numRuns: 30 },
    );
    expect(readdirSync(home)).toEqual(['spool']);
  });

  it('sets aside what is no whole report of its own, and gives the rest', async () => {
    const spool = await ResultSpool.open(directory);
    for (const attempt of [1, 2]) await spool.add(report({ attempt }));
    const fileOf = (attempt: number) => join(directory, `${TASK}.${attempt}.json`);
    truncateSync(fileOf(1), 40);
    copyFileSync(fileOf(2), fileOf(3));
    writeFileSync(join(directory, 'empty.json'), '');
    mkdirSync(join(directory, 'folder.json'));
    spawnSync('mkfifo', [join(directory, 'pipe.json')]);

    const { reports, setAside } = await spooledReports(spool);

    expect(reports).toEqual([report({ attempt: 2 })]);
    const names = [`${TASK}.1.json`, `${TASK}.3.json`, 'empty.json', 'folder.json', 'pipe.json'];
    expect(setAside.sort()).toEqual(names.map((name) => join(directory, `${name}.corrupt`)));
    expect(readdirSync(directory).sort()).toEqual([...names.map((name) => `${name}.corrupt`), `${TASK}.2.json`].sort());
    await expect(spooledReports(spool)).resolves.toEqual({ reports: [report({ attempt: 2 })], setAside: [] });
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a list', []],
    ['a report without its time', { report: report() }],
    ['no report', { spooledAt: 1 }],
    ...Object.entries({
      taskId: 7,
      attempt: 0,
      status: 'lost',
      stdout: 7,
      stdoutEncoding: 'utf16',
      exitCode: '0',
      signal: 9,
      error: {},
      metadata: [],
      duration: -1,
      truncated: { stdout: true },
      outputBytes: { stdout: 1, stderr: null },
    }).map(([field, value]): [string, unknown] => [field, { spooledAt: 1, report: { ...report(), [field]: value } }]),
  ])('does not take for a report: %s', async (_, entry) => {
    const spool = await ResultSpool.open(directory);
    writeFileSync(join(directory, `${TASK}.1.json`), JSON.stringify(entry));

    await expect(spooledReports(spool)).resolves.toEqual({
      reports: [],
      setAside: [join(directory, `${TASK}.1.json.corrupt`)],
    });
  });

  it('names what it cannot rename, and goes on', async () => {
    const spool = await ResultSpool.open(directory);
    await spool.add(report());
    writeFileSync(join(directory, 'bad.json'), 'bad');
    mkdirSync(join(directory, 'bad.json.corrupt'));

    await expect(spooledReports(spool)).resolves.toEqual({
      reports: [report()],
      setAside: [join(directory, 'bad.json')],
    });
  });

  it('removes what a cut-off write left behind, and leaves other files alone', async () => {
    const spool = await ResultSpool.open(directory);
    writeFileSync(join(directory, `.openclaw-${TASK}.tmp`), '{"spooledAt":');
    for (const name of ['identity.db', 'notes.txt', 'old.json.corrupt']) writeFileSync(join(directory, name), 'x');

    await expect(spooledReports(spool)).resolves.toEqual({ reports: [], setAside: [] });
    expect(readdirSync(directory)).toEqual(['identity.db', 'notes.txt', 'old.json.corrupt']);
  });

  it('sets a refused report aside, where no start takes it up, and keeps the 20 newest', async () => {
    let clock = 0;
    const spool = await ResultSpool.open(directory, () => {
      clock += 1000;
      return clock;
    });
    const asides: (string | null)[] = [];
    for (let attempt = 1; attempt <= 22; attempt += 1) {
      await spool.add(report({ attempt }));
      asides.push(await spool.setAside({ taskId: TASK, attempt }));
      await spool.limitSetAside();
    }

    await expect(spooledReports(spool)).resolves.toEqual({ reports: [], setAside: [] });
    expect(asides[0]).toBe(join(directory, `${TASK}.1.json.refused`));
    const left = readdirSync(directory).map((name) => join(directory, name));
    expect(left.sort()).toEqual(asides.slice(2).sort());
    expect(readFileSync(asides[21] ?? '', 'utf8')).toContain('"attempt":22');
  });

  it('sets nothing aside where there is no report', async () => {
    const spool = await ResultSpool.open(directory);
    await expect(spool.setAside(report())).resolves.toBeNull();
  });

  it('leaves nothing behind when it tries whether it can write', async () => {
    const spool = await ResultSpool.open(directory);
    await spool.probe();
    expect(readdirSync(directory)).toEqual([]);
    removeFolder(directory);
    await expect(spool.probe()).rejects.toThrow(`cannot write a file in "${directory}": ENOENT`);
  });

  it('says which folder cannot be used', async () => {
    writeFileSync(join(home, 'file'), '');
    const inFile = join(home, 'file/spool');
    await expect(ResultSpool.open(inFile)).rejects.toThrow(`cannot open the spool in "${inFile}": ENOTDIR`);

    const spool = await ResultSpool.open(directory);
    removeFolder(directory);
    await expect(spooledReports(spool)).rejects.toThrow(`cannot read the spool in "${directory}": ENOENT`);
    writeFileSync(directory, '');
    await expect(spool.add(report())).rejects.toThrow(`cannot keep the report of task ${TASK} in "${directory}"`);
    await expect(spool.remove(report())).rejects.toThrow(`cannot remove the report of task ${TASK} in "${directory}"`);
  });
});

const disk = mountSmallDisk(64 * 1024);
if (disk) {
  describe('ResultSpool on a full disk', () => {
    const { folder } = disk;
    afterAll(() => disk.remove());

    it('refuses a report by name and keeps the earlier ones', async () => {
      const spool = await ResultSpool.open(folder);
      await spool.add(report());

      const adding = spool.add(report({ stdout: 'x'.repeat(100_000) }));

      await expect(adding).rejects.toThrow(`cannot keep the report of task ${TASK} in "${folder}": ENOSPC`);
      await expect(spooledReports(spool)).resolves.toEqual({ reports: [report()], setAside: [] });
      expect(readFileSync(join(folder, `${TASK}.1.json`), 'utf8')).toContain('"out');
    });
  });
}
