import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EndEarly, type Outcome } from '../executors/executor.js';
import { isRunning, pidIn, until } from '../testing/processes.js';
import type { LiveOutput, Valve } from './live-output.js';
import { type ProcessRequest, runProcess } from './process-runner.js';
import { killHeldTrees } from './process-tree.js';

const CANCELLED = new EndEarly('cancelled', 'cancelled by a client');

describe('runProcess', () => {
  let folder: string;
  let background: number[];

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'runner-spec-')));
    background = [];
  });
  afterEach(async () => {
    for (const pid of background.filter(isRunning)) process.kill(pid, 'SIGKILL');
    await rm(folder, { recursive: true });
  });

  function request(script: string, overrides: Partial<ProcessRequest> = {}): ProcessRequest {
    return {
      program: '/bin/sh',
      args: ['-c', script],
      cwd: folder,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      programFix: 'install it',
      maxOutputBytes: 100_000,
      signal: new AbortController().signal,
      ...overrides,
    };
  }
  const run = (script: string, overrides?: Partial<ProcessRequest>) => runProcess(request(script, overrides));

  /** Runs a script until it has made the file `ready`, then aborts it. */
  async function runAndAbort(script: string, graceMs?: number): Promise<Outcome> {
    const abort = new AbortController();
    const outcome = runProcess(request(script, { signal: abort.signal }), graceMs);
    await until(() => existsSync(join(folder, 'ready')));
    abort.abort(CANCELLED);
    return outcome;
  }

  async function backgroundPid(file: string): Promise<number> {
    const pid = await pidIn(join(folder, file));
    background.push(pid);
    return pid;
  }

  it('is killed with its group by a worker that ends at once, what an ended one left behind is not', async () => {
    await run("sleep 600 >/dev/null 2>&1 & echo $! > 'left'");
    const left = await backgroundPid('left');
    const outcome = run("trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > member; while :; do sleep 0.05; done'");
    const member = await backgroundPid('member');

    killHeldTrees();

    expect(await outcome).toMatchObject({ status: 'failed', signal: 'SIGKILL' });
    await until(() => !isRunning(member));
    expect(isRunning(left)).toBe(true);
  });

  describe('a process that ends by itself', () => {
    it('is completed with exit code 0, its outputs kept apart', async () => {
      expect(await run('echo out; echo err >&2')).toEqual({
        status: 'completed',
        stdout: 'out\n',
        stderr: 'err\n',
        exitCode: 0,
        signal: null,
        error: null,
        metadata: {},
        truncated: { stdout: false, stderr: false },
        outputBytes: { stdout: 4, stderr: 4 },
      });
    });

    it('is failed with any other exit code, which says it all', async () => {
      expect(await run('exit 3')).toMatchObject({ status: 'failed', exitCode: 3, signal: null, error: null });
    });

    it('is failed with the signal that ended it, and no exit code', async () => {
      expect(await run('kill -KILL $$')).toMatchObject({
        status: 'failed',
        exitCode: null,
        signal: 'SIGKILL',
        error: 'ended by signal SIGKILL',
      });
    });

    it('has its working folder and no variables but the given ones', async () => {
      const outcome = await run('pwd; /usr/bin/env', { env: { PATH: '/bin', GREETING: 'good day' } });
      expect(outcome.stdout.split('\n')).toEqual(expect.arrayContaining([folder, 'GREETING=good day']));
      expect(outcome.stdout).not.toContain('HOME=');
    });

    it('keeps the head and the tail of what it prints, and counts all of it', async () => {
      const outcome = await run('head -c 3000000 /dev/zero; echo end; head -c 5 /dev/zero >&2', {
        maxOutputBytes: 1000,
      });
      expect(outcome).toMatchObject({
        status: 'completed',
        truncated: { stdout: true, stderr: false },
        outputBytes: { stdout: 3_000_004, stderr: 5 },
      });
      expect(outcome.stdout).toContain('\n[… 2999004 bytes left out …]\n');
      expect(outcome.stdout.endsWith('end\n')).toBe(true);
    });

    it('can open its outputs by name', async () => {
      const outcome = await run('echo a > /dev/stdout; echo b > /dev/stderr; echo c | tee /dev/stderr');
      expect(outcome).toMatchObject({ status: 'completed', stdout: 'a\nc\n', stderr: 'b\nc\n' });
    });
  });

  describe('standard input', () => {
    it('reaches the process byte for byte', async () => {
      const stdin = Buffer.from('line\n\0\r\n '.repeat(100_000));
      const outcome = await run('cat', { stdin, maxOutputBytes: stdin.length });
      expect(outcome.stdout).toBe(stdin.toString());
    });

    it('can be opened by name, and does not make bash read its start files', async () => {
      await writeFile(join(folder, '.bashrc'), 'echo noise');
      const outcome = await run('', {
        program: '/bin/bash',
        args: ['-c', 'cat /dev/stdin'],
        env: { PATH: '/bin', HOME: folder },
        stdin: Buffer.from('text'),
      });
      expect(outcome).toMatchObject({ stdout: 'text', stderr: '' });
    });

    it('may be left unread', async () => {
      const outcome = await run('exec <&-; echo done', { stdin: Buffer.alloc(8_000_000) });
      expect(outcome).toMatchObject({ status: 'completed', stdout: 'done\n', error: null });
    });

    it('is at its end when there is none', async () => {
      expect(await run('cat; read -r line || echo closed')).toMatchObject({ status: 'completed', stdout: 'closed\n' });
    });
  });

  describe('a process that cannot be started', () => {
    it.each([
      ['does not exist', 'missing', /"[^"]*\/missing".* does not exist: create it/],
      ['is a file', 'file', /"[^"]*\/file" is not a folder/],
      ['leads through a file', 'file/inside', /"[^"]*\/file\/inside" leads through something that is not a folder/],
      ['has a name that no folder can have', 'x'.repeat(300), /cannot be used.*ENAMETOOLONG/],
      ['has a NUL in its name', 'a\0b', /cannot be used/],
    ])('fails by name when its working folder %s', async (_, cwd, error) => {
      await writeFile(join(folder, 'file'), '');
      const outcome = await run('echo never', { cwd: join(folder, cwd) });
      expect(outcome).toMatchObject({ status: 'failed', stdout: '', exitCode: null, signal: null });
      expect(outcome.error).toMatch(error);
    });

    it.each([
      ['does not exist', 'missing', /"[^"]*\/missing".* does not exist: install it$/],
      ['is not executable', 'plain', /"[^"]*\/plain" may not be run by the worker's user: install it$/],
    ])('fails by name when its program %s', async (_, program, error) => {
      await writeFile(join(folder, 'plain'), 'text', { mode: 0o644 });
      const outcome = await run('', { program: join(folder, program) });
      expect(outcome).toMatchObject({ status: 'failed', exitCode: null });
      expect(outcome.error).toMatch(error);
    });

    it('fails when its arguments are larger than the system takes', async () => {
      const outcome = await run(`: ${'x'.repeat(8_000_000)}`);
      expect(outcome).toMatchObject({ status: 'failed', exitCode: null });
      expect(outcome.error).toMatch(/larger than the system takes/);
    });

    it('fails when a variable cannot be passed on', async () => {
      const outcome = await run('echo never', { env: { BAD: 'a\0b' } });
      expect(outcome).toMatchObject({ status: 'failed', stdout: '', exitCode: null });
      expect(outcome.error).toMatch(/could not be started/);
    });
  });

  describe('a process that has to end early', () => {
    it('is not started when it was cancelled before', async () => {
      const outcome = await run('touch started', { signal: AbortSignal.abort(CANCELLED) });
      expect(outcome).toMatchObject({ status: 'cancelled', error: 'cancelled by a client', exitCode: null });
      expect(await readdir(folder)).toEqual([]);
    });

    it('is asked by SIGTERM, and what it still prints and how it ends is reported', async () => {
      const outcome = await runAndAbort('trap "echo bye; exit 7" TERM; echo hello; : > ready; while :; do :; done');
      expect(outcome).toMatchObject({
        status: 'cancelled',
        stdout: 'hello\nbye\n',
        exitCode: 7,
        signal: null,
        error: 'cancelled by a client',
      });
    });

    it('ends with its whole group', async () => {
      const outcome = runAndAbort(
        'sh -c "echo \\$\\$ > member; exec sleep 1000" & while [ ! -s member ]; do :; done; touch ready; wait',
      );
      const member = await backgroundPid('member');
      expect(await outcome).toMatchObject({ status: 'cancelled', signal: 'SIGTERM' });
      expect(isRunning(member)).toBe(false);
    });

    it('is killed after the grace, with all that ignore SIGTERM', async () => {
      const outcome = runAndAbort(
        'trap "" TERM; sh -c "echo \\$\\$ > member; touch ready; sleep 1000"; echo never',
        50,
      );
      const member = await backgroundPid('member');
      expect(await outcome).toMatchObject({ status: 'cancelled', stdout: '', exitCode: null, signal: 'SIGKILL' });
      expect(isRunning(member)).toBe(false);
    });

    it('is killed after the grace when only another member of its group ignores SIGTERM', async () => {
      const outcome = runAndAbort(
        'sh -c "trap \\"\\" TERM; echo \\$\\$ > member; touch ready; exec sleep 1000" & wait',
        50,
      );
      const member = await backgroundPid('member');
      expect(await outcome).toMatchObject({ status: 'cancelled', signal: 'SIGTERM' });
      expect(isRunning(member)).toBe(false);
    });

    it('is timed out when it prints nothing for the idle time', async () => {
      const outcome = await run('echo started; sleep 1000', { idleTimeout: 100 });
      expect(outcome).toMatchObject({
        status: 'timed_out',
        stdout: 'started\n',
        signal: 'SIGTERM',
        error: 'no output for 100 ms',
      });
    });

    it('is cancelled for whatever reason its signal gives', async () => {
      const outcome = await run('echo never', { signal: AbortSignal.abort('the machine sleeps') });
      expect(outcome).toMatchObject({ status: 'cancelled', error: 'the machine sleeps' });
    });
  });

  describe('what a process leaves in the background', () => {
    it('keeps the task open no longer than its leader, and is left running', async () => {
      const outcome = await run('sleep 1000 & echo $! > member; echo done');
      const member = await backgroundPid('member');
      expect(outcome).toMatchObject({ status: 'completed', stdout: 'done\n' });
      expect(isRunning(member)).toBe(true);
    });

    it('may print forever, and is not ended by it', async () => {
      await writeFile(join(folder, 'chatter'), 'while :; do echo tick; [ -e count ] && echo more >> counted; done');
      const outcome = await run('sh ./chatter & echo $! > member; echo done');
      const member = await backgroundPid('member');
      expect(outcome.status).toBe('completed');
      // It goes on printing: were its pipe closed, it would not get as far as this.
      await writeFile(join(folder, 'count'), '');
      await until(() => existsSync(join(folder, 'counted')));
      expect(isRunning(member)).toBe(true);
    });

    it('still has the time to print what its leader left to it', async () => {
      const outcome = await runProcess(
        request('', { program: '/bin/bash', args: ['-c', 'exec > >(cat; echo last); echo first'] }),
      );
      expect(outcome).toMatchObject({ status: 'completed', stdout: 'first\nlast\n' });
    });
  });

  it('runs many processes side by side', async () => {
    await mkdir(join(folder, 'many'));
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) => run(`echo ${index}; touch many/${index}`)),
    );
    expect(outcomes.map((outcome) => outcome.stdout)).toEqual(outcomes.map((_, index) => `${index}\n`));
    expect(await readdir(join(folder, 'many'))).toHaveLength(10);
  });

  it('lets a process wait while the valve is closed, for longer than its idle timeout', async () => {
    const noted: number[] = [];
    let valve: Valve | undefined;
    let readEnough = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      readEnough = resolve;
    });
    const live: LiveOutput = {
      follow: (_kept, itsValve) => {
        valve = itsValve;
      },
      note: (_stream, bytes) => {
        noted.push(bytes.length);
        if (noted.length === 1) valve?.close();
        readEnough();
      },
      leaveOpen: () => valve?.open(),
    };
    const outcome = run('head -c 400000 /dev/zero; : > printed', { live, idleTimeout: 100, maxOutputBytes: 400_000 });
    await begun;
    // Ends by its own idle timeout, as the other would if it were not held.
    expect(await run('exec sleep 600', { idleTimeout: 300 })).toMatchObject({ status: 'timed_out' });
    expect(noted).toHaveLength(1);
    expect(existsSync(join(folder, 'printed'))).toBe(false);
    valve?.open();
    expect(await outcome).toMatchObject({ status: 'completed', outputBytes: { stdout: 400_000 } });
  });
});
