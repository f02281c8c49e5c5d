import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Random } from './chaos/random.js';
import { TcpProxy } from './chaos/tcp-proxy.js';
import { type Ended, endOf, heard, Ocw } from './ocw.js';
import { Installation } from './programs.js';
import { KEY } from './pseudo-terminal.js';

let here: Installation;
let cli: Ocw;
beforeAll(async () => {
  here = new Installation();
  await here.startApi();
  cli = new Ocw(here);
});
afterAll(() => here.end());

const statusOf = async (id: string) => (await cli.json(['show', id])).status;
const newest = async () => (await cli.json(['ls']))[0];

describe('ocw run without a worker', () => {
  it('says what it waits for', async () => {
    const child = cli.onTerminal(['run', '-w', 'nobody', 'true']);
    await child.until(/it waits: no worker named nobody is online; ocw workers tells which there are/);
    child.type(KEY.ctrlC);
    expect(await child.ended).toBe(130);
    const other = cli.onTerminal(['run', 'true']);
    await other.until(/it waits: no worker is online: start one on the machine to control, with ocw worker/);
    await here.startWorker();
    expect(await other.ended).toBe(0);
  });
});

describe('ocw run', () => {
  it('prints what the command prints on the right streams, and ends with its exit code', async () => {
    const { code, stdout, stderr } = await cli.run(['run', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3']);
    expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  it('feeds it standard input, passes words as they were typed, and takes a line for a shell', async () => {
    expect((await cli.run(['run', 'cat'], { stdin: 'a\0b\n' })).stdout).toBe('a\0b\n');
    expect((await cli.run(['run', '--no-stdin', 'cat'], { stdin: 'not this' })).stdout).toBe('');
    expect((await cli.run(['run', '--', 'printf', '<%s>', 'two words', "it's", '$HOME'])).stdout).toBe(
      "<two words><it's><$HOME>",
    );
    expect((await cli.run(['run', 'echo a b | wc -w'])).stdout.trim()).toBe('2');
    expect((await cli.run(['run', '-e', 'X=1 2', 'echo $X'])).stdout).toBe('1 2\n');
  });

  it('says that it waits for the end of its input', async () => {
    const child = cli.start(['run', 'cat']);
    child.stdin?.write('a line');
    await once(child.stderr as Readable, 'data');
    expect(await endOf(child, ', and its end')).toMatchObject({ code: 0, stdout: 'a line, and its end' });
  });

  it('ends with 124 after a time-out, and 128 and the number of a signal', async () => {
    const late = await cli.run(['run', '--timeout', '300ms', 'sleep 60']);
    expect(late.code).toBe(124);
    expect(late.stderr).toMatch(/^ocw: timed_out on test-worker: /);
    expect((await cli.run(['run', 'kill -KILL $$'])).code).toBe(137);
  });

  it('makes Ctrl-C a cancel, and a second one leaves the command alone', async () => {
    const child = cli.start(['run', 'echo up; sleep 60']);
    const result = endOf(child);
    await heard(child, /up/);
    child.kill('SIGINT');
    expect(await result).toMatchObject({ code: 130 });
    expect((await newest()).status).toBe('cancelled');

    await here.run('/tasks', { command: 'mkfifo ~/gate' });
    const terminal = cli.onTerminal(['run', "trap '' TERM; echo up; read gate < gate"]);
    await terminal.until(/up\r\n/);
    terminal.type(KEY.ctrlC);
    await terminal.until(/asked it to stop/);
    terminal.type(KEY.ctrlC);
    const [, id = ''] = await terminal.until(/detached; it goes on: ocw logs -f ([\da-f-]{36})/);
    // 130: nobody has waited for its end.
    expect(await terminal.ended).toBe(130);
    expect(await statusOf(id)).toBe('running');
  });

  it.each([
    ['what it prints', 'stdout', 'echo first; while echo more; do sleep 0.1; done'],
    ['its errors', 'stderr', 'echo first; while echo more >&2; do sleep 0.1; done'],
  ] as const)('ends a command when nobody reads %s any more', async (_, output, command) => {
    const child = cli.start(['run', '--no-stdin', command]);
    await heard(child, /first/);
    child[output]?.destroy();
    expect((await once(child, 'exit'))[0]).toBe(0);
    const { id } = await newest();
    await cli.run(['wait', id]);
    expect(await statusOf(id)).toBe('cancelled');
  });

  it('goes on after the server was away, without losing or repeating anything', async () => {
    const child = cli.start(['run', 'for n in 1 2 3 4 5 6 7 8 9; do echo $n; sleep 0.2; done']);
    const result = endOf(child);
    await heard(child, /2/);
    await here.restartApi();
    expect(await result).toEqual({ code: 0, stdout: '1\n2\n3\n4\n5\n6\n7\n8\n9\n', stderr: '' });
  });

  describe('over a network that is cut again and again', () => {
    const LINES = 300;
    const COUNT = `for n in $(seq ${LINES}); do echo $n; echo e$n >&2; sleep 0.01; done; exit 7`;
    const numbers = (prefix: string, end: string) =>
      Array.from({ length: LINES }, (_, n) => `${prefix}${n + 1}${end}`).join('');
    let network: TcpProxy;
    let far: Ocw;
    beforeEach(async () => {
      network = await TcpProxy.open(() => Number(new URL(here.url).port), new Random(7));
      far = new Ocw(here, network.url);
    });
    afterEach(() => network.close());
    const cutFiveTimes = async () => {
      for (let cuts = 0; cuts < 5; cuts++) {
        network.weather = 'cut';
        await network.nextCut();
        network.clear();
      }
    };

    it('loses and repeats no byte in a pipe', async () => {
      const child = far.start(['run', COUNT]);
      const result: Promise<Ended> = endOf(child);
      await heard(child, /^3$/m);
      await cutFiveTimes();
      expect(await result).toEqual({ code: 7, stdout: numbers('', '\n'), stderr: numbers('e', '\n') });
    });

    it('loses and repeats no byte on a terminal', async () => {
      const terminal = far.onTerminal(['run', `exec 2>/dev/null; ${COUNT}`]);
      await terminal.until(/3\r\n/);
      await cutFiveTimes();
      expect(await terminal.ended).toBe(7);
      expect(terminal.output).toBe(numbers('', '\r\n'));
    });
  });

  it('detaches, and everything about the task is there by its id', async () => {
    const id = (await cli.run(['run', '-d', 'echo done'])).stdout.trim();
    expect((await cli.run(['wait', id])).code).toBe(0);
    expect((await cli.run(['logs', id])).stdout).toBe('done\n');
    expect((await cli.run(['logs', '-f', id])).stdout).toBe('done\n');
    expect((await cli.run(['show', id])).stdout).toMatch(/status +completed\n[\s\S]*exit code +0\n/);
    const again = (await cli.run(['retry', id])).stdout.trim();
    expect(again).not.toBe(id);
    expect((await cli.json(['show', again])).retryOf).toBe(id);
  });

  it('shows what a command has printed while that still runs', async () => {
    await here.run('/tasks', { command: 'mkfifo ~/second-gate' });
    const child = cli.start(['run', 'printf "so far"; read gate < second-gate']);
    const result = endOf(child);
    await heard(child, /so far/);
    const { id } = await newest();
    expect((await cli.run(['logs', id])).stdout).toBe('so far');
    expect(await cli.run(['cancel', id])).toMatchObject({ code: 0, stdout: `${id}  asked to stop\n` });
    expect((await result).code).toBe(130);
  });

  it('finds tasks by what they are', async () => {
    await cli.run(['run', 'echo sought first']);
    await cli.run(['run', 'echo sought second; exit 1']);
    const found = async (...filter: string[]) =>
      (await cli.json(['ls', '-q', 'sought', ...filter])).map(({ command }: { command: string }) => command);
    expect(await found()).toEqual(['echo sought second; exit 1', 'echo sought first']);
    expect(await found('--status', 'failed')).toEqual(['echo sought second; exit 1']);
    expect(await found('-q', 'sought first', '-w', 'test-worker', '--from', '1h')).toEqual(['echo sought first']);
    expect(await found('--to', '2020-01-01')).toEqual([]);
    expect(await found('-n', '1')).toEqual(['echo sought second; exit 1']);
  });

  it('shows colours on a terminal only', async () => {
    await cli.run(['run', 'true']);
    const inPipe = (await cli.run(['ls'])).stdout;
    expect(inPipe).toMatch(/^TASK +STATUS/);
    expect(inPipe).not.toContain('\u001b');
    const shown = async (env?: Record<string, string>) => {
      const terminal = cli.onTerminal(['ls'], env);
      await terminal.ended;
      return terminal.output;
    };
    expect(await shown()).toContain('\u001b[32mcompleted');
    expect(await shown({ NO_COLOR: '1' })).not.toContain('\u001b[32m');
  });
});

describe('ocw', () => {
  it.each([
    [['run'], /^ocw: missing required argument 'command'\n\(ocw run --help tells more\)\n$/],
    [['run', '--timeout', 'soon', 'true'], /^ocw: --timeout soon is no duration/],
    [['run', '-e', 'X', 'true'], /^ocw: --env X is not NAME=VALUE/],
    [['ls', '--status', 'odd'], /Allowed choices are/],
    [['ls', '--from', 'yesterday'], /Give a time such as/],
    [['audit', '-n', '0'], /Give a whole number from 1 on/],
    [['nonsense'], /^ocw: unknown command/],
  ])('ends with 2 for %j', async (args, message) => {
    const { code, stderr } = await cli.run(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('says what to do when it is refused, also to programs', async () => {
    const unknown = await cli.run(['show', 'x']);
    expect(unknown).toMatchObject({ code: 1, stderr: 'ocw: there is no task x; ocw ls lists the newest\n' });
    const { code, stdout, stderr } = await cli.run(['show', 'x', '--json']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'task_not_found', status: 404 } });
    const ended = (await cli.run(['run', '-d', 'true'])).stdout.trim();
    await cli.run(['cancel', ended]);
    expect((await cli.run(['cancel', ended])).stderr).toMatch(/^ocw: .*ended/);
  });
});
