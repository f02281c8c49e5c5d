import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { CommandInput } from '#contracts';
import { CommandExecutor } from '../executors/command.js';
import { EndEarly } from '../executors/executor.js';
import { executionContext, unnotedOwner } from '../testing/execution.js';
import { until } from '../testing/processes.js';
import { startOf } from './process-table.js';
import { findProgram } from './program-path.js';
import { type ReadyCall, ReadyShells } from './ready-shells.js';

const PATH = '/usr/local/bin:/usr/bin:/bin';

/** Counts the tasks that a waiting shell became. */
class CountedShells extends ReadyShells {
  used = 0;

  override async start(call: ReadyCall) {
    const started = await super.start(call);
    if (started) this.used += 1;
    return started;
  }
}

describe('a shell that waits', () => {
  const owner = unnotedOwner();
  let home: string;
  let env: Record<string, string>;
  let ready: CountedShells;

  beforeEach(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), 'ready-spec-')));
    env = { PATH, HOME: home, GREETING: `it's "me"`, PWD: '/elsewhere' };
    ready = new CountedShells(env);
    await ready.fill();
  });
  afterEach(async () => {
    ready.close();
    await rm(home, { recursive: true });
  });

  interface Run {
    input?: Partial<CommandInput>;
    shell?: string;
    shells?: ReadyShells;
    signal?: AbortSignal;
  }
  async function run(command: string, { input, shell = '/bin/sh', shells, signal }: Run = {}) {
    const task = { id: 'task', type: 'command' as const, attempt: 1, timeout: 30_000, command, ...input };
    const overrides = { owner, shell: { path: shell, env, ready: shells }, ...(signal && { signal }) };
    const context = executionContext(env, overrides);
    const { folder: _, ...outcome } = await new CommandExecutor({ home, graceMs: 50 }).execute(task, context);
    return outcome;
  }

  /** Runs it both ways, which have to come to the same. */
  async function runBothWays(command: string, options: Run = {}) {
    const anew = await run(command, options);
    expect(await run(command, { ...options, shells: ready })).toEqual(anew);
    return anew;
  }

  /** The processes that wait: children of this one that read a script. */
  async function waiting(): Promise<number[]> {
    const { stdout } = await run(`pgrep -P $PPID -f '^/bin/sh -s$'`);
    return stdout.split('\n').filter(Boolean).map(Number);
  }

  describe.each(['/bin/sh', '/bin/bash', 'zsh', 'fish'])('becomes %s, and', (name) => {
    const found = findProgram(name.split('/').at(-1) ?? '', PATH);

    it('finds what a process finds that is started anew', async () => {
      const shell = (await found) ?? '/bin/sh';
      const told = await runBothWays('env | grep -v "^_=" | sort; pwd; umask; ls -l /dev/fd/0; cat', { shell });
      expect(told.stdout).toContain(`GREETING=it's "me"`);
      expect(told.stdout).toContain(`OPENCLAW_ATTEMPT=${owner.mark}`);
      expect(told.stdout).toContain('/dev/null');
      expect(ready.used).toBe(1);
    });

    it('takes the command as it is', async () => {
      const shell = (await found) ?? '/bin/sh';
      const told = await runBothWays(`printf '%s|' "it's" 'a "b"' é🎈 \\\n  '$HOME' ; exit 7`, { shell });
      expect(told).toMatchObject({ stdout: `it's|a "b"|é🎈|$HOME|`, exitCode: 7 });
      expect(ready.used).toBe(1);
    });
  });

  it('runs in the folder of the task, whatever its name', async () => {
    const folder = join(home, `-o 'dd" $(x)\n`);
    await mkdir(folder);
    await symlink(folder, join(home, 'link'));
    expect(await runBothWays('pwd; echo "$OLDPWD"', { input: { cwd: folder } })).toMatchObject({
      stdout: `${folder}\n\n`,
    });
    expect(await runBothWays('pwd', { input: { cwd: '~/link' } })).toMatchObject({ stdout: `${folder}\n` });
    expect(ready.used).toBe(2);
  });

  it('leads a group of its own, and is ended with all that it has started', async () => {
    expect((await run('kill -9 $$', { shells: ready })).signal).toBe('SIGKILL');
    const cancel = new AbortController();
    const ends = run('sleep 600 & sleep 600', { shells: ready, signal: cancel.signal });
    cancel.abort(new EndEarly('cancelled', 'enough'));
    expect(await ends).toMatchObject({ status: 'cancelled', metadata: { termination: { survived: [] } } });
  });

  it('leaves to the ordinary way what it cannot do', async () => {
    const before = ready.used;
    expect(await runBothWays('echo "$X"', { input: { env: { X: 'y' } } })).toMatchObject({ stdout: 'y\n' });
    expect(await runBothWays('cat', { input: { stdin: 'fed' } })).toMatchObject({ stdout: 'fed' });
    expect(await runBothWays('true', { input: { cwd: join(home, 'missing') } })).toMatchObject({ status: 'failed' });
    expect(await runBothWays('true', { shell: join(home, 'no-shell') })).toMatchObject({ status: 'failed' });
    expect(await runBothWays(`echo ${'x'.repeat(60_000)}`)).toMatchObject({ status: 'completed' });
    expect(ready.used).toBe(before);
  });

  it('is passed over once it has ended', async () => {
    const pids = await waiting();
    expect(pids).toHaveLength(2);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await until(() => pids.every((pid) => startOf(pid) === null));
    expect(await run('echo fine', { shells: ready })).toMatchObject({ stdout: 'fine\n' });
    expect(ready.used).toBe(0);
  });

  it('is replaced, and more tasks than shells wait are no problem', async () => {
    const many = await Promise.all(Array.from({ length: 10 }, (_, n) => run(`echo ${n}`, { shells: ready })));
    expect(many.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 10 }, (_, n) => `${n}\n`));
    expect(ready.used).toBe(2);
    await ready.fill();
    await run('true', { shells: ready });
    expect(ready.used).toBe(3);
  });

  it('is replaced at once when the worker has time', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance', 'Date'] });
    await run('true', { shells: ready });
    await run('true', { shells: ready });
    expect(await waiting()).toHaveLength(0);
    ready.refillSoon();
    jest.advanceTimersByTime(1);
    jest.useRealTimers();
    let made = 0;
    while (made < 2) made = (await waiting()).length;
  });
});
