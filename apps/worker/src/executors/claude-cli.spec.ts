import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClaudeInput } from '#contracts';
import {
  type ClaudeAnswer,
  type ClaudeCall,
  type ClaudeStandIn,
  writeClaudeStandIn,
} from '../testing/claude-stand-in.js';
import { executionContext } from '../testing/execution.js';
import { ClaudeExecutor } from './claude-cli.js';
import { EndEarly, type ExecutionContext } from './executor.js';

describe('a claude-cli task', () => {
  let home: string;
  let claude: ClaudeStandIn;
  let sessionId: string;

  beforeEach(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), 'claude-spec-')));
    for (const folder of ['bin', 'project', 'elsewhere']) await mkdir(join(home, folder));
    claude = await writeClaudeStandIn(join(home, 'bin'));
    sessionId = randomUUID();
  });
  afterEach(() => rm(home, { recursive: true }));

  function ask(input: Partial<ClaudeInput> = {}, env: Record<string, string> = {}, signal?: AbortSignal) {
    const task = {
      id: 'task',
      type: 'claude-cli' as const,
      attempt: 1,
      timeout: 30_000,
      prompt: 'hello',
      sessionId,
      ...input,
    };
    const overrides: Partial<ExecutionContext> = signal ? { signal } : {};
    const context = executionContext({ PATH: `${claude.folder}:/usr/bin:/bin`, HOME: home, ...env }, overrides);
    return new ClaudeExecutor({ home, graceMs: 50 }).execute(task, context);
  }
  async function lastCall(): Promise<ClaudeCall> {
    const call = (await claude.calls()).at(-1);
    if (!call) throw new Error('claude was not called');
    return call;
  }
  const answerWith = (answer: ClaudeAnswer) => writeClaudeStandIn(claude.folder, answer);

  it('answers in plain text, and tells its conversation', async () => {
    expect(await ask()).toMatchObject({
      status: 'completed',
      stdout: 'turn 1: hello\n',
      stderr: '',
      exitCode: 0,
      error: null,
      metadata: { sessionId },
    });
    expect(await lastCall()).toMatchObject({
      argv: ['--print', '--dangerously-skip-permissions', '--session-id', sessionId],
      stdin: 'hello',
      cwd: home,
    });
  });

  it.each([
    ['begins with a dash', '--help me'],
    ['has quotes, lines and more than ASCII', `it's "a"\n$HOME \\ é 🎈\n\n`],
    ['has a mebibyte', 'é'.repeat(524_288)],
  ])('passes on a prompt that %s', async (_, prompt) => {
    expect(await ask({ prompt })).toMatchObject({ status: 'completed', stdout: `turn 1: ${prompt}\n` });
    expect((await lastCall()).stdin).toBe(prompt);
  });

  it('asks for the model, in the folder and with the variables that the task names', async () => {
    await ask({ model: 'opus', cwd: '~/project', env: { PROJECT: 'x' } });
    expect(await lastCall()).toMatchObject({
      argv: ['--print', '--dangerously-skip-permissions', '--model', 'opus', '--session-id', sessionId],
      cwd: join(home, 'project'),
      env: { PROJECT: 'x', HOME: home },
    });
  });

  it('does not tell claude that it runs inside claude', async () => {
    await ask({ env: { CLAUDE_CODE_ENTRYPOINT: 'cli', CLAUDECODE: '1' } }, { CLAUDECODE: '1' });
    const { env } = await lastCall();
    expect(Object.keys(env)).not.toEqual(expect.arrayContaining(['CLAUDECODE']));
    expect(Object.keys(env)).not.toEqual(expect.arrayContaining(['CLAUDE_CODE_ENTRYPOINT']));
  });

  describe('a conversation', () => {
    it('is continued by an executor that has never seen it, in the folder that it began in', async () => {
      await ask({ cwd: '~/project' });
      expect(await ask({ prompt: 'and now?' })).toMatchObject({ status: 'completed', stdout: 'turn 2: and now?\n' });
      expect(await lastCall()).toMatchObject({
        argv: ['--print', '--dangerously-skip-permissions', '--resume', sessionId],
        cwd: join(home, 'project'),
      });
    });

    it('is continued in its own folder, whatever folder the task names', async () => {
      await ask({ cwd: '~/project' });
      expect(await ask({ cwd: '~/elsewhere' })).toMatchObject({ status: 'completed', stdout: 'turn 2: hello\n' });
      expect((await lastCall()).cwd).toBe(join(home, 'project'));
    });

    it.each(['release-1.2', 'a..b', `${'x'.repeat(127)}.`])('is found by the id %s', async (id) => {
      await ask({ sessionId: id, cwd: '~/project' });
      expect(await ask({ sessionId: id })).toMatchObject({ status: 'completed', stdout: 'turn 2: hello\n' });
    });

    it('is found in the folder that claude is configured to use', async () => {
      const env = { CLAUDE_CONFIG_DIR: join(home, 'elsewhere') };
      await ask({ cwd: '~/project' }, env);
      expect(await ask({ env })).toMatchObject({ status: 'completed', stdout: 'turn 2: hello\n' });
      expect((await ask({ cwd: '~/project' })).stdout).toBe('turn 1: hello\n');
    });

    it('is continued at home when its file does not tell where it began', async () => {
      const project = join(home, '.claude', 'projects', home.replace(/[^A-Za-z0-9]/g, '-'));
      await mkdir(project, { recursive: true });
      await writeFile(join(project, `${sessionId}.jsonl`), 'null\n{"cwd": 1}\n[]\nnot JSON');
      expect(await ask()).toMatchObject({ status: 'completed', stdout: expect.stringContaining('turn ') });
      expect(await lastCall()).toMatchObject({ cwd: home, argv: expect.arrayContaining(['--resume']) });
    });

    it('tells where it began after a first prompt of a mebibyte', async () => {
      await ask({ cwd: '~/project', prompt: '"'.repeat(1_048_576) });
      expect((await ask()).stdout).toBe('turn 2: hello\n');
    });

    it('fails by name when the folder that it began in is gone', async () => {
      await ask({ cwd: '~/project' });
      await rm(join(home, 'project'), { recursive: true });
      const outcome = await ask();
      expect(outcome).toMatchObject({ status: 'failed', exitCode: null });
      expect(outcome.error).toContain(`"${join(home, 'project')}" does not exist`);
    });

    it('is never looked for outside the folder of conversations', async () => {
      await mkdir(join(home, '.claude', 'projects', 'x'), { recursive: true });
      await appendFile(join(home, '.claude', 'outside.jsonl'), '{}\n');
      await ask({ sessionId: '../../outside' });
      expect((await lastCall()).argv).toEqual(expect.arrayContaining(['--session-id', '../../outside']));
    });
  });

  it('fails with what claude says and its exit code', async () => {
    await answerWith({ stdout: '', stderr: 'cannot be used with root privileges\n', exitCode: 1 });
    expect(await ask()).toMatchObject({
      status: 'failed',
      stdout: '',
      stderr: 'cannot be used with root privileges\n',
      exitCode: 1,
      error: null,
      metadata: { sessionId },
    });
  });

  it('names the screenshot that claude took', async () => {
    await answerWith({ stdout: 'Here it is.\nSCREENSHOT: /tmp/page.png\n' });
    expect((await ask()).metadata).toEqual({ sessionId, screenshotPath: '/tmp/page.png' });
  });

  it('fails with how to install claude where it is not', async () => {
    const outcome = await ask({}, { PATH: '/nowhere' });
    expect(outcome).toMatchObject({ status: 'failed', exitCode: null });
    expect(outcome.error).toMatch(/claude is not installed: .*npm install -g @anthropic-ai\/claude-code.*PATH/);
  });

  it('ends as the one who aborts it says', async () => {
    const signal = AbortSignal.abort(new EndEarly('cancelled', 'cancelled'));
    expect(await ask({}, {}, signal)).toMatchObject({ status: 'cancelled', error: 'cancelled' });
    expect(await claude.calls()).toEqual([]);
  });
});
