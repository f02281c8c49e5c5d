import { beforeEach, describe, expect, it } from '@jest/globals';
import type { StreamName } from '#contracts';
import { BoundedOutput } from '../process/bounded-output.js';
import { ApiError } from '../server/api-error.js';
import { ManualPacing, type ManualSleep } from '../testing/manual-pacing.js';
import { memoryLog } from '../testing/memory-log.js';
import { bytesOf, ScriptedOutput } from '../testing/scripted-output.js';
import { OutputStreamer } from './output-streamer.js';

const KIB = 1024;
const MIB = 1_048_576;
const REF = { taskId: 't', attempt: 2 };
const FAILED = { kind: 'failed', error: new ApiError('network', 'ECONNREFUSED') } as const;

let api: ScriptedOutput;
let pacing: ManualPacing;
let log: ReturnType<typeof memoryLog>;
let streamer: OutputStreamer;
let kept: { stdout: BoundedOutput; stderr: BoundedOutput };
/** What became of the valve, in order. */
let valve: string[];

function follow(maxBytes: number): void {
  streamer = new OutputStreamer(REF, api, pacing, log.logger);
  kept = { stdout: new BoundedOutput(maxBytes), stderr: new BoundedOutput(maxBytes) };
  streamer.follow(kept, { close: () => valve.push('closed'), open: () => valve.push('opened') });
}

beforeEach(() => {
  api = new ScriptedOutput();
  pacing = new ManualPacing(1);
  log = memoryLog();
  valve = [];
  follow(10 * MIB);
});

function print(text: string | Buffer, stream: StreamName = 'stdout'): void {
  const bytes = Buffer.from(text);
  streamer.note(stream, bytes);
  kept[stream].push(bytes);
}

/** The next pause, which has to be as long as this. */
async function pauseOf(ms: number): Promise<ManualSleep> {
  const pause = await pacing.sleeps.next();
  expect(pause.ms).toBe(ms);
  return pause;
}

/** Lets what follows from resolved promises happen. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

const dataOf = (send: { request: { chunks: { data: string }[] } }) => send.request.chunks.map(({ data }) => data);

describe('OutputStreamer', () => {
  it('gathers for a moment, then sends while the process goes on', async () => {
    print('one ');
    print('two');
    (await pauseOf(100)).pass();
    const first = await api.sends.next();
    expect(first.request).toEqual({
      ...REF,
      chunks: [{ seq: 1, stream: 'stdout', data: 'one two', encoding: 'utf8' }],
    });
    print('three', 'stderr');
    first.take();
    (await pauseOf(100)).pass();
    const second = await api.sends.next();
    expect(second.request.chunks).toEqual([{ seq: 2, stream: 'stderr', data: 'three', encoding: 'utf8' }]);
    second.take();
    await streamer.finish(true);
  });

  it('does not wait with 64 KiB', async () => {
    print('x'.repeat(64 * KIB));
    expect(dataOf(await api.sends.next())).toEqual(['x'.repeat(64 * KIB)]);
    await streamer.finish(true);
  });

  it('has one request under way, and the next one as soon as it is answered', async () => {
    print('x'.repeat(64 * KIB));
    const first = await api.sends.next();
    print('y'.repeat(64 * KIB));
    await settled();
    expect(api.sends.size).toBe(0);
    first.take();
    expect(dataOf(await api.sends.next())).toEqual(['y'.repeat(64 * KIB)]);
    await streamer.finish(true);
  });

  it('makes no call for a task that ends before the first one, when its report tells all', async () => {
    print('short');
    const pause = await pauseOf(100);
    await streamer.finish(true);
    pause.pass();
    await settled();
    expect(api.sends.size).toBe(0);
  });

  it('sends what is left when the report cannot tell it, a part of a character included', async () => {
    print(Buffer.from([0x61, 0xe2, 0x82]));
    await pauseOf(100);
    const finished = streamer.finish(false);
    const last = await api.sends.next();
    expect(bytesOf('stdout', last.request)).toEqual(Buffer.from([0x61, 0xe2, 0x82]));
    expect(last.request.chunks.map(({ encoding }) => encoding)).toEqual(['base64']);
    last.take();
    await finished;
  });

  it('repeats the same chunks until they are taken, after pauses of two seconds at most', async () => {
    print('lost? ');
    (await pauseOf(100)).pass();
    const first = await api.sends.next();
    print('more');
    first.settle(FAILED);
    for (const ms of [250, 500, 1000, 2000, 2000]) {
      (await pauseOf(ms)).pass();
      const again = await api.sends.next();
      expect(again.request).toEqual(first.request);
      again.settle(FAILED);
    }
    (await pauseOf(2000)).pass();
    (await api.sends.next()).take();
    const next = await api.sends.next();
    expect(next.request.chunks).toMatchObject([{ seq: 2, data: 'more' }]);
    await streamer.finish(true);
    expect(log.messages('warn')).toEqual([]);
  });

  it('goes on from the chunk that the server expects after a gap', async () => {
    print('a');
    print('b', 'stderr');
    print('c');
    (await pauseOf(100)).pass();
    (await api.sends.next()).settle({ kind: 'expects', next: 2 });
    const again = await api.sends.next();
    expect(again.request.chunks).toMatchObject([
      { seq: 2, data: 'b' },
      { seq: 3, data: 'c' },
    ]);
    await streamer.finish(true);
  });

  it.each([
    ['lacks what is not held any more', { kind: 'expects', next: 1 }],
    ['knows more than there was', { kind: 'expects', next: 4 }],
    ['has no use for the attempt', { kind: 'unwanted', detail: 'HTTP 409' }],
  ] as const)('is silent for the rest of the attempt when the server %s', async (_why, outcome) => {
    print('x'.repeat(64 * KIB));
    (await api.sends.next()).take();
    print('y'.repeat(64 * KIB));
    (await api.sends.next()).settle(outcome);
    await settled();
    print('z'.repeat(64 * KIB));
    await streamer.finish(false);
    expect(api.sends.size).toBe(0);
  });

  it('gives up the last output when the server takes none for five seconds', async () => {
    print('\xff');
    await pauseOf(100);
    const finished = streamer.finish(false);
    await api.sends.next();
    (await pauseOf(5000)).pass();
    await finished;
    expect(api.sends.size).toBe(0);
  });
});

describe('back-pressure', () => {
  const block = Buffer.alloc(512 * KIB, 'x');

  it('closes the valve when two MiB wait, and opens it when one is left', async () => {
    for (let blocks = 0; blocks < 4; blocks += 1) print(block);
    expect(valve).toEqual([]);
    print('x');
    expect(valve).toEqual(['closed']);
    (await api.sends.next()).take();
    (await api.sends.next()).take();
    const third = await api.sends.next();
    expect(valve).toEqual(['closed']);
    third.take();
    await api.sends.next();
    expect(valve).toEqual(['closed', 'opened']);
    await streamer.finish(true);
  });

  it('lets the process run on when the server takes nothing for five seconds, and loses nothing within the cap', async () => {
    for (let blocks = 0; blocks < 5; blocks += 1) print(block);
    const stuck = await api.sends.next();
    (await pauseOf(5000)).pass();
    await settled();
    expect(valve).toEqual(['closed', 'opened']);
    for (let blocks = 0; blocks < 5; blocks += 1) print(Buffer.alloc(512 * KIB, 'y'));
    expect(valve).toEqual(['closed', 'opened']);

    void pacing.sleeps.passOn((sleep) => sleep.pass());
    stuck.settle(FAILED);
    const sent = [];
    for (
      let bytes = 0;
      bytes < 10 * block.length;
      bytes += bytesOf('stdout', sent.at(-1)?.request ?? stuck.request).length
    ) {
      sent.push(await api.sends.next());
      sent.at(-1)?.take();
    }
    const all = bytesOf('stdout', ...sent.map(({ request }) => request));
    expect(all.equals(Buffer.concat([Buffer.alloc(5 * block.length, 'x'), Buffer.alloc(5 * block.length, 'y')]))).toBe(
      true,
    );
    await streamer.finish(true);
  });

  it('opens the valve for good when the process has to end', async () => {
    for (let blocks = 0; blocks < 5; blocks += 1) print(block);
    streamer.leaveOpen();
    await settled();
    for (let blocks = 0; blocks < 5; blocks += 1) print(block);
    expect(valve).toEqual(['closed', 'opened']);
    await streamer.finish(true);
  });
});

describe('beyond the cap', () => {
  it('sends a window once a second at most', async () => {
    follow(4);
    print('abcdef');
    (await pauseOf(100)).pass();
    const exact = await api.sends.next();
    expect(dataOf(exact)).toEqual(['abcd']);
    exact.take();
    const first = await api.sends.next();
    expect(dataOf(first)).toEqual(['ef']);
    print('gh');
    first.take();
    const pause = await pauseOf(1000);
    print('ij');
    await settled();
    expect(pacing.sleeps.size).toBe(0);
    pause.pass();
    expect(dataOf(await api.sends.next())).toEqual(['ghij']);
    await streamer.finish(true);
  });
});
