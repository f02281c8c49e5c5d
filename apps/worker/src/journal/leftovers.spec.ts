import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readProcessTable, startOf } from '../process/process-table.js';
import { memoryLog } from '../testing/memory-log.js';
import { until } from '../testing/processes.js';
import { AttemptJournal } from './attempt-journal.js';
import { endLeftovers } from './leftovers.js';

let directory: string;
let workerId: string;
let log: ReturnType<typeof memoryLog>;
let problems: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-'));
  workerId = directory;
  log = memoryLog();
  problems = [];
});
afterEach(() => {
  for (const pid of marked()) process.kill(pid, 'SIGKILL');
  rmSync(directory, { recursive: true });
});

const marked = () =>
  readProcessTable()
    .filter(({ mark }) => mark?.startsWith(`${workerId}/`))
    .map(({ pid }) => pid);
const journal = (bootId = 'this boot') =>
  new AttemptJournal({ directory, workerId, bootId, cgroups: null, onUnwritable: (problem) => problems.push(problem) });
const recover = (reported: { taskId: string; attempt: number }[] = []) =>
  endLeftovers(reported, { journal: journal(), cgroups: null, logger: log.logger });
const ref = { taskId: 'task', attempt: 1 };

/** Starts a process as a worker does that dies before the attempt is over. */
async function leaveRunning(earlier = journal(), { noted = true, variables = {} } = {}): Promise<number> {
  const owner = earlier.ownerOf(ref);
  owner.starting();
  const before = marked().length;
  const { pid = 0 } = spawn('sleep', ['600'], {
    detached: true,
    stdio: 'ignore',
    env: { PATH: process.env.PATH, OPENCLAW_ATTEMPT: owner.mark, ...variables },
  });
  // Until the program has taken the place of this one, the table shows this one's variables.
  await until(() => marked().length > before || Object.keys(variables).length > 0);
  if (noted) owner.started(pid, startOf(pid));
  return pid;
}
const isThere = (pid: number) => readProcessTable().some((entry) => entry.pid === pid);

describe('what an earlier run left running', () => {
  it('is ended, and the journal is empty then', async () => {
    const pid = await leaveRunning();
    await recover();
    expect(isThere(pid)).toBe(false);
    expect(readdirSync(directory)).toEqual([]);
    expect(log.lines.join()).toContain('an earlier run of this worker left a task running: it is ended');
  });

  it('is known by its mark when the crash came before its number was noted', async () => {
    const pid = await leaveRunning(journal(), { noted: false });
    await recover();
    expect(isThere(pid)).toBe(false);
  });

  it('is known by its number when it has shed the mark', async () => {
    const pid = await leaveRunning(journal(), { variables: { OPENCLAW_ATTEMPT: 'other' } });
    await recover();
    expect(isThere(pid)).toBe(false);
  });

  it.each([
    ['empty', ''],
    ['cut off', '{"taskId":"ta'],
    ['no object', 'null\n'],
  ])('is known by its mark when its entry is %s, which is set aside', async (_, text) => {
    const pid = await leaveRunning();
    const [name = ''] = readdirSync(directory);
    writeFileSync(join(directory, name), text);
    await recover();
    expect(isThere(pid)).toBe(false);
    expect(readdirSync(directory)).toEqual([`${name}.corrupt`]);
    expect(log.lines.join()).toContain('is no whole entry of the journal');
  });

  it('is known by its mark when the line of its number is cut off', async () => {
    const pid = await leaveRunning(journal(), { noted: false });
    const [name = ''] = readdirSync(directory);
    appendFileSync(join(directory, name), '{"pid":12');
    await recover();
    expect(isThere(pid)).toBe(false);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('may go on when its attempt has been reported', async () => {
    const pid = await leaveRunning();
    await recover([ref]);
    expect(isThere(pid)).toBe(true);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is nothing that another process has the number of', async () => {
    const bystander = await leaveRunning(journal(), { noted: false, variables: { OPENCLAW_ATTEMPT: 'other' } });
    const [name = ''] = readdirSync(directory);
    appendFileSync(join(directory, name), `${JSON.stringify({ pid: bystander, startedAt: '1' })}\n`);
    await recover();
    expect(isThere(bystander)).toBe(true);
    process.kill(bystander, 'SIGKILL');
  });

  it('is nothing after a restart of the system', async () => {
    const pid = await leaveRunning(journal('an earlier boot'));
    await recover();
    expect(isThere(pid)).toBe(true);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('does not keep the worker from starting when something else lies in the journal', async () => {
    mkdirSync(join(directory, 'folder.json'));
    writeFileSync(join(directory, 'notes.txt'), 'mine');
    await recover();
    expect(readdirSync(directory).sort()).toEqual(['folder.json.corrupt', 'notes.txt']);
  });
});

describe('the journal', () => {
  it('notes an attempt before its process, then its process, and forgets it when it has come to rest', () => {
    const kept = journal();
    const owner = kept.ownerOf(ref);
    owner.starting();
    const [name = ''] = readdirSync(directory);
    const lines = () =>
      readFileSync(join(directory, name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    expect(lines()).toEqual([{ ...ref, bootId: 'this boot' }]);
    owner.started(42, '7');
    expect(lines()).toEqual([
      { ...ref, bootId: 'this boot' },
      { pid: 42, startedAt: '7' },
    ]);
    kept.close(ref);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('lets nothing start that it cannot note, and says so', () => {
    const kept = journal();
    rmSync(directory, { recursive: true });
    expect(() => kept.ownerOf(ref).starting()).toThrow(/the worker cannot note in ".*" what it starts: ENOENT/);
    expect(problems).toEqual([expect.stringContaining('cannot note')]);
    mkdirSync(directory);
  });
});
