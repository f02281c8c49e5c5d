import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AttemptRef, HandedTask, HandedTaskOf } from '#contracts';
import { EndEarly, type ExecutionContext, type Executor, fileOutcome } from './executors/executor.js';
import { createExecutors } from './executors/index.js';
import { makeFolder, noUploads, removeFolder } from './executors/testing/file-sandbox.js';
import { OutputStreamer } from './streaming/output-streamer.js';
import { TaskRunner } from './task-runner.js';
import { unnotedOwner } from './testing/execution.js';
import { ManualPacing } from './testing/manual-pacing.js';
import { memoryLog } from './testing/memory-log.js';
import { ScriptedOutput } from './testing/scripted-output.js';

const CONTEXT = { maxOutputBytes: 10_000, shell: { path: '/bin/sh', env: { PATH: process.env.PATH ?? '' } } };
const JOURNAL = { ownerOf: unnotedOwner };
const command = (text: string, timeout = 60_000): HandedTask => ({
  id: 't',
  type: 'command',
  attempt: 3,
  timeout,
  command: text,
});
const streamOf = (ref: AttemptRef) =>
  new OutputStreamer(ref, new ScriptedOutput(), new ManualPacing(), memoryLog().logger);
const untroubled = new AbortController().signal;

function runnerWith(execute: (context: ExecutionContext) => ReturnType<Executor['execute']>): TaskRunner {
  const executor: Executor = { type: 'command', execute: (_task, context) => execute(context) };
  return new TaskRunner(new Map([['command', executor]]), CONTEXT, JOURNAL, streamOf);
}

const reportOf = async (runner: TaskRunner, task: HandedTask, signal: AbortSignal) =>
  (await runner.run(task, signal)).report;

describe('TaskRunner', () => {
  const runner = new TaskRunner(createExecutors(['command'], noUploads), CONTEXT, JOURNAL, streamOf);

  it('reports what came of the task, as the attempt that it is', async () => {
    expect(await reportOf(runner, command('echo hello; exit 3'), untroubled)).toEqual({
      taskId: 't',
      attempt: 3,
      status: 'failed',
      stdout: 'hello\n',
      stderr: '',
      exitCode: 3,
      signal: null,
      error: null,
      metadata: {},
      truncated: { stdout: false, stderr: false },
      outputBytes: { stdout: 6, stderr: 0 },
      duration: expect.any(Number),
    });
  });

  it('measures how long it took in whole milliseconds', async () => {
    const times = [1000.2, 1250.9];
    const timed = new TaskRunner(
      createExecutors(['command'], noUploads),
      CONTEXT,
      JOURNAL,
      streamOf,
      () => times.shift() ?? 0,
    );
    expect(await reportOf(timed, command('true'), untroubled)).toMatchObject({ duration: 251 });
  });

  it('ends what takes longer than its timeout', async () => {
    expect(await reportOf(runner, command('exec sleep 600', 20), untroubled)).toMatchObject({
      status: 'timed_out',
      error: 'timed out after 20 ms',
    });
  });

  it('ends what is cancelled, also before it begins', async () => {
    const cancelled = AbortSignal.abort(new EndEarly('cancelled', 'cancelled on request'));
    const end = { status: 'cancelled', error: 'cancelled on request' };
    expect(await reportOf(runner, command('exec sleep 600'), cancelled)).toMatchObject(end);

    const cancelling = new AbortController();
    const begun = runnerWith(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          cancelling.abort(new EndEarly('cancelled', 'cancelled on request'));
        }),
    );
    expect(await reportOf(begun, command(''), cancelling.signal)).toMatchObject({ ...end, exitCode: null });
  });

  it('waits for the longest timeout there is', async () => {
    const report = await reportOf(runner, command('true', Number.MAX_SAFE_INTEGER), untroubled);
    expect(report).toMatchObject({ status: 'completed' });
  });

  it('fails a task of a kind that it does not do, and names the setting', async () => {
    for (const type of ['claude-cli', 'constructor', 'of-the-future']) {
      const task = { ...command('true'), type } as HandedTask;
      expect(await reportOf(runner, task, untroubled)).toMatchObject({
        status: 'failed',
        exitCode: null,
        error: expect.stringMatching(`this worker does no "${type}" tasks, only command: see WORKER_KINDS`),
      });
    }
  });

  it('fails a task whose executor breaks', async () => {
    const broken = runnerWith(() => Promise.reject(new Error('no such luck')));
    expect(await reportOf(broken, command(''), untroubled)).toMatchObject({
      status: 'failed',
      exitCode: null,
      error: 'the worker could not run the task: no such luck',
    });
  });

  it('makes the report fit what the server takes', async () => {
    const stdout = '\u0001'.repeat(12 * 1_048_576);
    const report = await reportOf(
      runnerWith(async () => fileOutcome({ stdout })),
      command(''),
      untroubled,
    );
    expect(report.truncated).toEqual({ stdout: true, stderr: false });
  });
});

describe('the files that a task leaves', () => {
  const runner = new TaskRunner(createExecutors(['command'], noUploads), CONTEXT, JOURNAL, streamOf);
  let folder: string;

  beforeEach(() => {
    folder = makeFolder();
  });
  afterEach(() => removeFolder(folder));

  const task = (text: string, artifacts: string[]): HandedTask => ({
    ...(command(text) as HandedTaskOf<'command'>),
    cwd: folder,
    artifacts,
  });

  it('are found in its working folder, however it ended', async () => {
    const { report, files } = await runner.run(task('echo x > a.txt; exit 2', ['*.txt', 'b']), untroubled);
    expect(files).toEqual([{ path: join(folder, 'a.txt'), name: 'a.txt' }]);
    expect(report).toMatchObject({ status: 'failed', metadata: { artifactProblems: [{ path: 'b' }] } });
  });

  it('are the screenshot that it tells of as well', async () => {
    const { report, files } = await runner.run(task('echo x > s.png; echo "SCREENSHOT: $PWD/s.png"', []), untroubled);
    const path = join(folder, 's.png');
    expect(files).toEqual([{ path, name: 's.png' }]);
    expect(report.metadata).toEqual({ screenshotPath: path });
  });
});

describe('createExecutors', () => {
  it('has an executor for each kind that is offered, and no other', () => {
    const executors = createExecutors(['file-read', 'claude-cli'], noUploads);
    expect([...executors].map(([kind, { type }]) => [kind, type])).toEqual([
      ['file-read', 'file-read'],
      ['claude-cli', 'claude-cli'],
    ]);
  });
});
