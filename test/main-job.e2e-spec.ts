import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClaudeStandIn } from '../apps/worker/src/testing/claude-stand-in.js';
import { Installation, type Program, TOKEN } from './programs.js';

const here = new Installation();
let api: Program;
let worker: Program;
let claude: ClaudeStandIn;

beforeAll(async () => {
  claude = await here.installClaude();
  api = await here.startApi();
  worker = await here.startWorker({ SECRET_OF_THE_USER: 'kept' });
});
afterAll(() => here.end());

const inHome = (name: string) => join(here.home, name);

describe('a shell command', () => {
  it('runs on the worker, and its answer comes back', async () => {
    const record = await here.run('/tasks', { command: 'echo out; echo err >&2; pwd; exit 3' });
    expect(record).toMatchObject({
      status: 'failed',
      exitCode: 3,
      stdout: `out\n${here.home}\n`,
      stderr: 'err\n',
      worker: 'test-worker',
      attempt: 1,
      outputBytes: { stdout: `out\n${here.home}\n`.length, stderr: 4 },
    });
    expect(record.startedAt).toBeGreaterThanOrEqual(record.createdAt);
    expect(record.completedAt).toBeGreaterThanOrEqual(record.startedAt);
  });

  it('is given its input, folder and variables, and the PATH of the login shell', async () => {
    mkdirSync(inHome('work'));
    const record = await here.run('/tasks', {
      command: 'cat; echo "$GREETING in $(pwd)"; command -v claude',
      stdin: Buffer.from('from stdin\n').toString('base64'),
      stdinEncoding: 'base64',
      cwd: '~/work',
      env: { GREETING: 'héllo' },
    });
    expect(record.stdout).toBe(`from stdin\nhéllo in ${inHome('work')}\n${join(claude.folder, 'claude')}\n`);
  });

  it("sees the user's variables, and none of the worker's own settings", async () => {
    const { stdout } = await here.run('/tasks', { command: 'env' });
    expect(stdout).toContain('SECRET_OF_THE_USER=kept');
    expect(stdout).not.toContain(TOKEN);
    expect(stdout).not.toMatch(/^(WORKER_|SPOOL_DIR|MAX_)/m);
  });

  it('is ended with its whole process group when its time is up', async () => {
    const record = await here.run('/tasks', { command: 'echo started; sleep 600 & sleep 600', timeout: 300 });
    expect(record).toMatchObject({
      status: 'timed_out',
      stdout: 'started\n',
      exitCode: null,
      signal: 'SIGTERM',
      error: 'timed out after 300 ms',
    });
  });

  it('is ended when it says nothing for too long', async () => {
    const record = await here.run('/tasks', { command: 'echo once; sleep 600', idleTimeout: 300 });
    expect(record).toMatchObject({ status: 'timed_out', stdout: 'once\n', error: 'no output for 300 ms' });
  });

  it('does not wait for what it left running in the background', async () => {
    const record = await here.run('/tasks', { command: 'sleep 30 & echo $!', timeout: 20_000 });
    expect(record).toMatchObject({ status: 'completed', stdout: expect.stringMatching(/^\d+\n$/) });
    process.kill(Number(record.stdout), 'SIGKILL');
  });

  it('tells the signal that ended it', async () => {
    const record = await here.run('/tasks', { command: 'kill -9 $$' });
    expect(record).toMatchObject({ status: 'failed', exitCode: null, signal: 'SIGKILL' });
  });

  it('may print anything: its result arrives', async () => {
    const binary = await here.run('/tasks', { command: "printf 'a\\377\\000\\033[1mb'" });
    expect(binary).toMatchObject({ status: 'completed', stdout: 'a\ufffd\0\u001b[1mb', stdoutEncoding: 'utf8' });
    const controls = await here.run('/tasks', { command: "head -c 12000000 /dev/zero | tr '\\0' '\\001'" });
    expect(controls).toMatchObject({ status: 'completed', truncated: { stdout: true, stderr: false } });
    expect(controls.outputBytes.stdout).toBe(12_000_000);
  });

  it('has a screenshot that it announces in its metadata', async () => {
    const record = await here.run('/tasks', { command: 'echo done; echo "SCREENSHOT: /tmp/shot.png"' });
    expect(record.metadata).toMatchObject({ screenshotPath: '/tmp/shot.png' });
  });
});

describe('files', () => {
  it('are written, read, edited and listed', async () => {
    const path = '~/new/folder/note.txt';
    expect(await here.run('/files/write', { path, content: 'one\ntwo\n', mode: '600' })).toMatchObject({
      status: 'completed',
      exitCode: 0,
      metadata: { size: 8, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(statSync(inHome('new/folder/note.txt')).mode & 0o777).toBe(0o600);
    const edit = { path, old_string: 'two', new_string: '$& $1' };
    expect(await here.run('/files/edit', edit)).toMatchObject({ status: 'completed' });
    expect(await here.run('/files/read', { path })).toMatchObject({ status: 'completed', stdout: 'one\n$& $1\n' });
    const listed = await here.run('/files/list', { path: '~/new/folder' });
    expect(JSON.parse(listed.stdout)).toEqual([
      { name: 'note.txt', kind: 'file', size: 10, modified: expect.any(Number), mode: '600' },
    ]);
  });

  it('are bytes: what was written comes back as it was', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
    const path = inHome('bytes');
    await here.run('/files/write', { path, content: bytes.toString('base64'), encoding: 'base64' });
    expect(readFileSync(path)).toEqual(bytes);
    const read = await here.run('/files/read', { path, encoding: 'base64' });
    expect(read).toMatchObject({ stdoutEncoding: 'base64', stdout: bytes.toString('base64') });
  });

  it('are changed only by who knows what they hold', async () => {
    writeFileSync(inHome('guarded'), 'mine');
    const stale = { path: '~/guarded', content: 'theirs', ifMatch: '0'.repeat(64) };
    expect(await here.run('/files/write', stale)).toMatchObject({ status: 'failed', exitCode: 1 });
    expect(readFileSync(inHome('guarded'), 'utf8')).toBe('mine');
    const { metadata } = await here.run('/files/read', { path: '~/guarded' });
    await here.run('/files/write', { ...stale, ifMatch: metadata.sha256 });
    expect(readFileSync(inHome('guarded'), 'utf8')).toBe('theirs');
  });

  it('that cannot be handled are named in the error', async () => {
    symlinkSync('loop', inHome('loop'));
    for (const path of ['~/missing', '~/loop', '~/new']) {
      const record = await here.run('/files/read', { path });
      expect(record).toMatchObject({ status: 'failed', error: expect.stringContaining(inHome(path.slice(2))) });
    }
    const twice = await here.run('/files/edit', { path: '~/bytes', old_string: 'zzz', new_string: '' });
    expect(twice).toMatchObject({ status: 'failed', error: expect.stringMatching(/^not_found/) });
  });
});

describe('a Claude prompt', () => {
  it('is answered, and the conversation goes on by its id', async () => {
    const first = await here.call('POST', '/claude', { prompt: '--help me\nplease', model: 'sonnet' });
    const answer = await here.call('GET', `/tasks/${first.taskId}?wait=60000`);
    expect(answer).toMatchObject({ status: 'completed', stdout: expect.stringContaining('--help me') });
    expect(answer.metadata.sessionId).toBe(first.sessionId);
    const second = await here.run('/claude', { prompt: 'go on', sessionId: first.sessionId });
    expect(second).toMatchObject({ status: 'completed', stdout: expect.stringContaining('turn 2') });
    const calls = await claude.calls();
    expect(calls.map(({ argv }) => argv)).toEqual([
      ['--print', '--dangerously-skip-permissions', '--model', 'sonnet', '--session-id', first.sessionId],
      ['--print', '--dangerously-skip-permissions', '--resume', first.sessionId],
    ]);
    expect(calls[0]?.stdin).toBe('--help me\nplease');
    expect(JSON.stringify(calls)).not.toContain(TOKEN);
  });
});

describe('the logs', () => {
  it('never hold the token', () => {
    expect([...api.lines, ...worker.lines].join('\n')).not.toContain(TOKEN);
    expect(worker.lines.length).toBeGreaterThan(10);
  });
});
