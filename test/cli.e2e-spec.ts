import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { endOf, heard, Ocw } from './ocw.js';
import { Installation, TOKEN } from './programs.js';

let here: Installation;
let cli: Ocw;
beforeEach(async () => {
  here = new Installation();
  await here.startApi();
  cli = new Ocw(here);
});
afterEach(() => here.end());

describe('ocw run', () => {
  beforeEach(() => here.startWorker());

  it('prints what the command prints on the right streams, and ends with its exit code', async () => {
    const { code, stdout, stderr } = await cli.run(['run', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3']);
    expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  it('feeds it standard input, passes words as they were typed, and takes a line for a shell', async () => {
    expect((await cli.run(['run', 'cat'], { stdin: 'a\0b\n' })).stdout).toBe('a\0b\n');
    expect((await cli.run(['run', '--', 'printf', '<%s>', 'two words', "it's", '$HOME'])).stdout).toBe(
      "<two words><it's><$HOME>",
    );
    expect((await cli.run(['run', 'echo a b | wc -w'])).stdout.trim()).toBe('2');
    expect((await cli.run(['run', '-e', 'X=1 2', 'echo $X'])).stdout).toBe('1 2\n');
  });

  it('ends with 124 after a time-out, and 128 and the number of a signal', async () => {
    const late = await cli.run(['run', '--timeout', '300ms', 'sleep 60']);
    expect(late.code).toBe(124);
    expect(late.stderr).toMatch(/^ocw: timed_out on test-worker: /);
    expect((await cli.run(['run', 'kill -KILL $$'])).code).toBe(137);
  });

  it('makes Ctrl-C a cancel', async () => {
    const child = cli.start(['run', 'echo up; sleep 60']);
    const result = endOf(child);
    await heard(child, /up/);
    child.kill('SIGINT');
    expect(await result).toMatchObject({ code: 130 });
    const [task] = JSON.parse((await cli.run(['ls', '--json'])).stdout);
    expect(task.status).toBe('cancelled');
  });

  it('goes on after the server was away, without losing or repeating anything', async () => {
    const child = cli.start(['run', 'for n in 1 2 3 4 5 6 7 8 9; do echo $n; sleep 0.2; done']);
    const result = endOf(child);
    await heard(child, /2/);
    await here.restartApi();
    expect(await result).toEqual({ code: 0, stdout: '1\n2\n3\n4\n5\n6\n7\n8\n9\n', stderr: '' });
  });

  it('detaches, and everything about the task is there by its id', async () => {
    const id = (await cli.run(['run', '-d', 'echo done'])).stdout.trim();
    expect((await cli.run(['wait', id])).code).toBe(0);
    expect((await cli.run(['logs', id])).stdout).toBe('done\n');
    expect((await cli.run(['logs', '-f', id])).stdout).toBe('done\n');
    expect((await cli.run(['show', id])).stdout).toMatch(/status +completed\n[\s\S]*exit code +0\n/);
    const again = (await cli.run(['retry', id])).stdout.trim();
    expect(again).not.toBe(id);
    expect(JSON.parse((await cli.run(['show', '--json', again])).stdout).retryOf).toBe(id);
  });

  it('shows colours on a terminal only', async () => {
    await cli.run(['run', 'true']);
    const inPipe = (await cli.run(['ls'])).stdout;
    expect(inPipe).toMatch(/^TASK +STATUS/);
    expect(inPipe).not.toContain('\u001b');
    expect(await cli.onTerminal(['ls'])).toContain('\u001b[32mcompleted');
    expect(await cli.onTerminal(['ls'], { NO_COLOR: '1' })).not.toContain('\u001b[32m');
    expect(await cli.onTerminal(['run', 'echo hello'])).toContain('hello');
  });
});

describe('ocw login', () => {
  const signedOut = { OCW_URL: '', OCW_TOKEN: '' };

  it('keeps a checked token where nobody else can read it', async () => {
    const { code, stdout } = await cli.run(['login', here.url], { env: signedOut, stdin: `${TOKEN}\n` });
    expect(code).toBe(0);
    expect(stdout).toMatch(/as admin; kept in /);
    expect(stdout).not.toContain(TOKEN);
    const file = join(here.home, '.config/ocw/profiles.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toContain(TOKEN);
    expect((await cli.run(['ps'], { env: signedOut })).stdout).toBe('Nothing runs and nothing waits.\n');
  });

  it('keeps nothing that is not good', async () => {
    const { code, stderr } = await cli.run(['login', here.url], { env: signedOut, stdin: 'wrong-wrong-wrong\n' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ocw: .*token.*; run `ocw login` with a token that is valid\n$/);
    expect(existsSync(join(here.home, '.config/ocw/profiles.json'))).toBe(false);
  });

  it('says how to sign in, and what is wrong with what it kept', async () => {
    const out = await cli.run(['ps'], { env: signedOut });
    expect(out).toMatchObject({
      code: 2,
      stderr: 'ocw: not signed in: run `ocw login`, or set OCW_URL and OCW_TOKEN\n',
    });
    const config = join(here.folder, 'broken.json');
    writeFileSync(config, '{');
    expect((await cli.run(['ps'], { env: { ...signedOut, OCW_CONFIG: config } })).stderr).toMatch(
      /is not what ocw writes/,
    );
  });
});

describe('ocw doctor', () => {
  it('names what is wrong and its fix', async () => {
    const alone = await cli.run(['doctor']);
    expect(alone.code).toBe(1);
    expect(alone.stdout).toMatch(/BAD {2}worker +none is online\n +start one .*ocw worker/);
    await here.startWorker();
    const well = await cli.run(['doctor']);
    expect(well).toMatchObject({ code: 0 });
    expect(well.stdout).toMatch(/ok +worker +online: test-worker/);
    const nobody = await cli.run(['doctor'], { env: { OCW_URL: 'http://127.0.0.1:9' } });
    expect(nobody.stdout).toMatch(/BAD {2}server +.*\n +start the server, or check the address/);
  });
});

describe('ocw', () => {
  it.each([
    [['run'], /missing required argument/],
    [['run', '--timeout', 'soon', 'true'], /--timeout soon is no duration/],
    [['run', '-e', 'X', 'true'], /--env X is not NAME=VALUE/],
    [['ls', '--status', 'odd'], /Allowed choices are/],
    [['nonsense'], /unknown command/],
  ])('ends with 2 for %j', async (args, message) => {
    const { code, stderr } = await cli.run(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('says that the server cannot be reached', async () => {
    const { code, stderr } = await cli.run(['show', 'x'], { env: { OCW_URL: here.url } });
    expect({ code, stderr }).toMatchObject({ code: 1 });
    expect(stderr).toMatch(/^ocw: /);
  });
});
