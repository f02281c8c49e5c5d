import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LIMITS, type PerStream, type SentChunk, type StreamName } from '#contracts';
import { BoundedOutput } from '../process/bounded-output.js';
import { LEFT_OUT_LINE } from '../process/left-out.js';
import { bytesOf } from '../testing/scripted-output.js';
import { OutputBacklog } from './output-backlog.js';

const MIB = 1_048_576;

class Printing {
  readonly kept: PerStream<BoundedOutput>;
  readonly backlog: OutputBacklog;

  constructor(maxBytes: number) {
    this.kept = { stdout: new BoundedOutput(maxBytes), stderr: new BoundedOutput(maxBytes) };
    this.backlog = new OutputBacklog(this.kept);
  }

  /** As a process does whose output is kept: the buffer is used for something else afterwards. */
  print(stream: StreamName, bytes: Buffer | string): void {
    const reused = Buffer.from(bytes);
    this.backlog.note(stream, reused);
    this.kept[stream].push(reused);
    reused.fill(0);
  }

  takeAll(): SentChunk[] {
    const chunks: SentChunk[] = [];
    for (let more = this.backlog.takeExact(); more.length > 0; more = this.backlog.takeExact()) chunks.push(...more);
    return [...chunks, ...this.backlog.takeWindows()];
  }

  end(): SentChunk[] {
    this.backlog.finish();
    return this.takeAll();
  }
}

const streams = fc.constantFrom<StreamName[]>('stdout', 'stderr');
const step = (bytes: fc.Arbitrary<Buffer>) => fc.record({ stream: streams, bytes, take: fc.boolean() });
const anyBytes = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const text = fc.string({ unit: fc.constantFrom('a', '\n', 'é', '€', '😀', '\ufffd', '\0'), maxLength: 60 });

const contentOf = (stream: StreamName, chunks: SentChunk[]) => bytesOf(stream, { taskId: '', attempt: 1, chunks });
const printed = (stream: StreamName, steps: { stream: StreamName; bytes: Buffer }[]) =>
  Buffer.concat(steps.filter((one) => one.stream === stream).map(({ bytes }) => bytes));

function run(steps: { stream: StreamName; bytes: Buffer; take: boolean }[], cap: number): SentChunk[] {
  const printing = new Printing(cap);
  const chunks: SentChunk[] = [];
  for (const { stream, bytes, take } of steps) {
    printing.print(stream, bytes);
    if (take) chunks.push(...printing.takeAll());
  }
  return [...chunks, ...printing.end()];
}

describe('OutputBacklog', () => {
  it('hands on any bytes in any portions as they are, in chunks that are numbered without a gap', () => {
    fc.assert(
      fc.property(fc.array(step(anyBytes)), (steps) => {
        const chunks = run(steps, 10_000);
        for (const stream of ['stdout', 'stderr'] as const)
          expect(contentOf(stream, chunks)).toEqual(printed(stream, steps));
        expect(chunks.map(({ seq }) => seq)).toEqual(chunks.map((_chunk, index) => index + 1));
      }),
    );
  });

  it('splits no character of a text, wherever it is cut on its way', () => {
    fc.assert(
      fc.property(text, fc.array(fc.tuple(fc.nat(240), fc.boolean())), (whole, cuts) => {
        const bytes = Buffer.from(whole);
        const at = [0, ...cuts.map(([cut]) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const steps = at.slice(1).map((to, index) => ({
          stream: 'stdout' as const,
          bytes: bytes.subarray(at[index], to),
          take: cuts[index]?.[1] ?? true,
        }));
        const chunks = run(steps, 10_000);
        expect(chunks.every(({ encoding }) => encoding === 'utf8')).toBe(true);
        expect(chunks.map(({ data }) => data).join('')).toBe(whole);
      }),
    );
  });

  it('streams the part up to the cap exactly, and accounts for every byte beyond it', () => {
    fc.assert(
      fc.property(
        fc.array(step(text.map((one) => Buffer.from(one)))),
        fc.integer({ min: 1, max: 400 }),
        (steps, cap) => {
          const chunks = run(steps, cap);
          for (const stream of ['stdout', 'stderr'] as const) {
            const all = printed(stream, steps);
            const content = contentOf(stream, chunks).toString();
            // Windows this small leave nothing out.
            expect(content).toBe(all.toString());
          }
        },
      ),
    );
  });

  it('sends windows beyond the cap, each with a line that tells what it left out', () => {
    const printing = new Printing(100);
    printing.print('stdout', `${'a'.repeat(99)}é${'b'.repeat(MIB)}`);
    printing.print('stdout', 'end of the first\n');
    const [exact, window, ...more] = printing.takeAll();
    expect(more).toEqual([]);
    expect(exact).toMatchObject({ seq: 1, data: 'a'.repeat(99) });
    const data = window?.data ?? '';
    expect(data.startsWith('éb') && data.endsWith('bend of the first\n')).toBe(true);
    const [line] = [...data.matchAll(LEFT_OUT_LINE)];
    const total = 2 + MIB + 'end of the first\n'.length;
    expect(Buffer.byteLength(data) - Buffer.byteLength(line?.[0] ?? '') + Number(line?.[1])).toBe(total);
    expect(Buffer.byteLength(data)).toBeLessThan(65_536 + 100);
    expect(printing.takeAll()).toEqual([]);
    printing.print('stdout', 'later');
    expect(printing.takeAll()).toEqual([{ seq: 3, stream: 'stdout', data: 'later', encoding: 'utf8' }]);
  });

  it('still holds what was not taken when the kept output begins to leave out', () => {
    const printing = new Printing(MIB);
    printing.print('stdout', Buffer.alloc(MIB, 'x'));
    printing.print('stdout', Buffer.alloc(3 * MIB, 'y'));
    const chunks = printing.end();
    expect(
      chunks
        .slice(0, -1)
        .map(({ data }) => data)
        .join(''),
    ).toBe('x'.repeat(MIB));
    expect(chunks.at(-1)?.data).toMatch(/^y+\n\[… \d+ bytes left out …\]\ny+$/);
  });

  it('sends bytes that are no UTF-8 as base64, in chunks within the limit', () => {
    const printing = new Printing(MIB);
    const noise = Buffer.alloc(600_000, 0xff);
    printing.print('stderr', noise);
    const chunks = printing.end();
    expect(chunks.length).toBeGreaterThan(2);
    for (const { data, encoding } of chunks) {
      expect(encoding).toBe('base64');
      expect(Buffer.from(data, 'base64').length).toBeLessThanOrEqual(LIMITS.output.chunkBytes);
    }
    expect(contentOf('stderr', chunks).equals(noise)).toBe(true);
  });

  it('keeps the order in which the two outputs took turns', () => {
    const printing = new Printing(MIB);
    for (const [stream, line] of [
      ['stdout', 'a'],
      ['stdout', 'b'],
      ['stderr', 'c'],
      ['stdout', 'd'],
    ] as const)
      printing.print(stream, line);
    expect(printing.takeAll().map(({ stream, data }) => `${stream} ${data}`)).toEqual([
      'stdout ab',
      'stderr c',
      'stdout d',
    ]);
  });

  it('puts together what takes turns too often to be remembered', () => {
    const printing = new Printing(MIB);
    for (let turn = 0; turn < 5000; turn += 1) printing.print(turn % 2 === 0 ? 'stdout' : 'stderr', 'x');
    const chunks = printing.takeAll();
    expect(chunks.length).toBeLessThanOrEqual(LIMITS.output.chunks + 1);
    expect(contentOf('stdout', chunks).length + contentOf('stderr', chunks).length).toBe(5000);
  });
});
