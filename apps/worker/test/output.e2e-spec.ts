import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LEFT_OUT_LINE } from '../src/process/left-out.js';
import { BuiltWorker } from './built-worker.js';
import { commandTask, FakeApiServer, type OutputCall } from './fake-api-server.js';

const MIB = 1_048_576;

let server: FakeApiServer;
let home: string;
let worker: BuiltWorker;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'worker-output-'));
  server = await FakeApiServer.start();
});

afterEach(async () => {
  worker.kill('SIGKILL');
  await worker.exited;
  await server.close();
  await rm(home, { recursive: true, force: true });
});

async function run(command: string, settings: Record<string, string> = {}): Promise<void> {
  const env = { PATH: process.env.PATH ?? '', HOME: home, WORKER_TOKEN: 'the-token-of-this-test' };
  worker = new BuiltWorker({
    ...env,
    WORKER_URL: server.url,
    WORKER_SHELL: '/bin/sh',
    LOG_LEVEL: 'debug',
    ...settings,
  });
  (await server.polls.next()).say({ tasks: [commandTask(command)] });
}

const go = () => writeFile(join(home, 'go'), '');
const waitForGo = 'until [ -e go ]; do sleep 0.01; done';

/** Takes all output to come, into the list that it answers. */
function takeAll(): OutputCall[] {
  const calls: OutputCall[] = [];
  void server.outputs.passOn((call) => {
    calls.push(call);
    call.take();
  });
  return calls;
}

const stdoutOf = (calls: OutputCall[]) => Buffer.concat(calls.map((call) => call.bytes('stdout')));

describe('the output of a task', () => {
  it('arrives within a second, while the task runs', async () => {
    await run(`'${process.execPath}' -p 'Date.now()'; ${waitForGo}; echo more >&2; rm go; ${waitForGo}`);
    const first = await server.outputs.next();
    expect(Date.now() - Number(first.bytes('stdout'))).toBeLessThan(1000);
    expect(first.body).toMatchObject({ attempt: 1, chunks: [{ seq: 1, stream: 'stdout', encoding: 'utf8' }] });
    first.take();
    await go();
    const second = await server.outputs.next();
    expect(second.body.chunks).toEqual([{ seq: 2, stream: 'stderr', data: 'more\n', encoding: 'utf8' }]);
    second.take();
    await go();
    expect((await server.reports.next()).reports).toMatchObject([{ status: 'completed', stderr: 'more\n' }]);
  });

  it('takes no call of its own when the report comes first', async () => {
    await run('echo short');
    expect((await server.reports.next()).reports).toMatchObject([{ stdout: 'short\n' }]);
    expect(server.outputs.size).toBe(0);
  });

  it('waits for a server that is slow, and arrives byte for byte', async () => {
    const file = join(home, 'noise');
    await run(`head -c ${6 * MIB} /dev/urandom > noise; cat noise; : > printed; exit 3`);
    const slow = await server.outputs.next();
    const rest = takeAll();
    slow.take();
    const [report] = (await server.reports.next()).reports;
    expect(report).toMatchObject({ exitCode: 3, outputBytes: { stdout: 6 * MIB }, truncated: { stdout: false } });
    expect(stdoutOf([slow, ...rest]).equals(await readFile(file))).toBe(true);
  });

  it('outlasts an outage: no byte is lost or comes twice', async () => {
    await run(`head -c ${5 * MIB} /dev/urandom > noise; head -c 100000 noise; ${waitForGo}; tail -c +100001 noise`);
    const first = await server.outputs.next();
    first.take();
    expect(await first.ended).toBe('answered');
    const { port } = server;
    await server.close();
    await go();
    await worker.hasWritten('output was not taken: ECONNREFUSED');
    server = await FakeApiServer.start(port);
    const rest = takeAll();
    await server.reports.next();
    expect(stdoutOf([first, ...rest]).equals(await readFile(join(home, 'noise')))).toBe(true);
    const numbers = [first, ...rest].flatMap((call) => call.body.chunks.map(({ seq }) => seq));
    expect(numbers).toEqual(numbers.map((_number, index) => index + 1));
  });

  it('goes on from where the server says that there is a gap', async () => {
    await run(`echo a; ${waitForGo}; printf '\\377b'`);
    const lost = await server.outputs.next();
    lost.hangUp();
    const repeated = await server.outputs.next();
    expect(repeated.body).toEqual(lost.body);
    repeated.refuse(409, 'output_gap', 'a gap', { next: 2 });
    await go();
    const last = await server.outputs.next();
    expect(last.body.chunks).toMatchObject([{ seq: 2, encoding: 'base64' }]);
    expect(last.bytes('stdout')).toEqual(Buffer.from([0xff, 0x62]));
    last.take();
    expect((await server.reports.next()).reports).toMatchObject([{ stdout: 'a\n\ufffdb' }]);
  });

  it('stays live beyond the cap, with its middle left out', async () => {
    await run(`printf 0123456789; head -c ${3 * MIB} /dev/zero | tr '\\0' x; ${waitForGo}; echo end`, {
      MAX_OUTPUT_BYTES: '10',
    });
    const calls = [await server.outputs.next()];
    calls[0]?.take();
    expect(calls[0]?.bytes('stdout').toString()).toBe('0123456789');
    const total = () =>
      calls
        .slice(1)
        .map((call) => call.bytes('stdout').toString())
        .reduce((sum, text) => {
          const [line] = [...text.matchAll(LEFT_OUT_LINE)];
          return sum + text.length - (line?.[0].length ?? 0) + Number(line?.[1] ?? 0);
        }, 0);
    while (total() < 3 * MIB) {
      const call = await server.outputs.next();
      calls.push(call);
      call.take();
    }
    await go();
    const last = await server.outputs.next();
    expect(last.bytes('stdout').toString()).toBe('end\n');
    last.take();
    expect((await server.reports.next()).reports).toMatchObject([
      { truncated: { stdout: true }, outputBytes: { stdout: 10 + 3 * MIB + 4 } },
    ]);
  });

  it('is streamed no more when the server has no use for it', async () => {
    await run(`printf '\\377'; ${waitForGo}; printf '\\376'`);
    const call = await server.outputs.next();
    call.refuse(409, 'stale_attempt');
    await worker.hasWritten('it is streamed no more');
    await go();
    await server.reports.next();
    expect(server.outputs.size).toBe(0);
  });
});
