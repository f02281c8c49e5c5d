import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CommandInput } from '#contracts';
import { findProgram } from '../process/program-path.js';
import { executionContext } from '../testing/execution.js';
import { CommandExecutor } from './command.js';
import { EndEarly, type ExecutionContext } from './executor.js';

const PATH = '/usr/local/bin:/usr/bin:/bin';

/** Those of the shells a user may have that this machine has. */
const SHELLS = new Set(['/bin/sh', '/bin/bash']);
for (const name of ['dash', 'zsh', 'ksh', 'mksh', 'fish']) {
  const shell = await findProgram(name, PATH);
  if (shell !== null) SHELLS.add(shell);
}

describe('a command task', () => {
  let home: string;

  beforeEach(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), 'command-spec-')));
  });
  afterEach(() => rm(home, { recursive: true }));

  function run(command: string, input: Partial<CommandInput> = {}, overrides: Partial<ExecutionContext> = {}) {
    const task = { id: 'task', type: 'command' as const, attempt: 1, timeout: 30_000, command, ...input };
    const context = executionContext({ PATH, HOME: home, GREETING: 'hello' }, overrides);
    return new CommandExecutor({ home, graceMs: 50 }).execute(task, context);
  }
  const withShell = (path: string) => ({ shell: { path, env: { PATH: `${home}:${PATH}`, HOME: home } } });

  describe.each([...SHELLS])('in %s', (shell) => {
    it('reaches the shell as it is', async () => {
      const text = `it's "quoted" \\ $(x) * é 🎈`;
      await writeFile(join(home, 'text'), text);
      const outcome = await run(
        `printf '%s' "a  'b'" \\
        'c"d' | cat\ncat text`,
        {},
        withShell(shell),
      );
      expect(outcome).toMatchObject({ status: 'completed', stdout: `a  'b'c"d${text}`, stderr: '' });
    });

    it.each(['-greet', '+greet', '--'])('may begin like an option: %s', async (command) => {
      await writeFile(join(home, command), '#!/bin/sh\necho "greeted with $1"\n', { mode: 0o755 });
      const outcome = await run(`${command} -v`, {}, withShell(shell));
      expect(outcome).toMatchObject({ status: 'completed', stdout: 'greeted with -v\n' });
    });

    it('may have 131071 bytes', async () => {
      const text = `${'é'.repeat(65_500)}${'x'.repeat(66)}`;
      const outcome = await run(`echo ${text}`, {}, withShell(shell));
      expect(outcome).toMatchObject({ status: 'completed', stdout: `${text}\n` });
    });

    it('ends with the exit code of the command', async () => {
      expect(await run('exit 3', {}, withShell(shell))).toMatchObject({ status: 'failed', exitCode: 3, error: null });
    });
  });

  it('has the variables of the shell and its own over them', async () => {
    const outcome = await run('echo "$GREETING $NAME $HOME"', { env: { NAME: 'Ann', HOME: '/elsewhere' } });
    expect(outcome.stdout).toBe('hello Ann /elsewhere\n');
  });

  it('reads what it was given as text or as base64, or nothing', async () => {
    const bytes = Buffer.from([0, 1, 0xff, 0x0a]);
    expect((await run('cat', { stdin: 'é\n' })).stdout).toBe('é\n');
    expect((await run('od -An -tx1', { stdin: bytes.toString('base64'), stdinEncoding: 'base64' })).stdout.trim()).toBe(
      '00 01 ff 0a',
    );
    expect(await run('cat')).toMatchObject({ status: 'completed', stdout: '' });
    expect(await run('cat', { stdin: '' })).toMatchObject({ status: 'completed', stdout: '' });
  });

  it.each([
    [undefined, '.'],
    ['', '.'],
    ['~', '.'],
    ['~/in side', 'in side'],
    ['in side', 'in side'],
  ])('runs for the cwd %j in the folder %j of the home', async (cwd, folder) => {
    await mkdir(join(home, 'in side'));
    expect((await run('pwd', { cwd })).stdout).toBe(`${join(home, folder)}\n`);
  });

  it('fails by name when its folder is missing', async () => {
    const outcome = await run('echo never', { cwd: '~/missing' });
    expect(outcome).toMatchObject({ status: 'failed', stdout: '', exitCode: null });
    expect(outcome.error).toBe(`the working folder "${home}/missing" does not exist: create it, or give another "cwd"`);
  });

  it('fails by name when the shell is missing', async () => {
    const outcome = await run('echo never', {}, withShell('/missing/zsh'));
    expect(outcome).toMatchObject({ status: 'failed', exitCode: null });
    expect(outcome.error).toMatch(/"\/missing\/zsh".* does not exist: set WORKER_SHELL/);
  });

  it('ends as the one who aborts it says', async () => {
    const abort = new AbortController();
    const outcome = run('sleep 1000', {}, { signal: abort.signal });
    abort.abort(new EndEarly('timed_out', 'timed out after 30000 ms'));
    expect(await outcome).toMatchObject({ status: 'timed_out', exitCode: null, error: 'timed out after 30000 ms' });
  });

  it('is timed out when it is silent for its idle time', async () => {
    expect(await run('sleep 1000', { idleTimeout: 50 })).toMatchObject({
      status: 'timed_out',
      exitCode: null,
      signal: 'SIGTERM',
      error: 'no output for 50 ms',
    });
  });

  it('names the screenshot that it took', async () => {
    expect((await run('echo SCREENSHOT: /tmp/a.png')).metadata).toEqual({ screenshotPath: '/tmp/a.png' });
    expect((await run('echo none')).metadata).toEqual({});
  });
});
