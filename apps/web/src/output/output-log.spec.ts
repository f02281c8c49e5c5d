import { describe, expect, it } from '@jest/globals';
import type { OutputChunk } from '#contracts';
import { OutputLog } from './output-log.js';

const chunk = (data: string, change: Partial<OutputChunk> = {}): OutputChunk => ({
  seq: 1,
  attempt: 1,
  stream: 'stdout',
  data,
  encoding: 'utf8',
  at: 0,
  ...change,
});
const stderr = { stream: 'stderr' } as const;
const logOf = (...chunks: OutputChunk[]) => {
  const log = new OutputLog();
  for (const one of chunks) log.append([one]);
  return log;
};
const shown = (log: OutputLog) => log.lines.map(({ kind, text }) => `${kind} ${text}`);

describe('the output of a task', () => {
  it('is put together to lines, however it is cut', () => {
    const log = logOf(chunk('one\ntw'), chunk('o\n'), chunk('\nfour'));
    expect(shown(log)).toEqual(['stdout one', 'stdout two', 'stdout ', 'stdout four']);
  });

  it('keeps the two streams apart while they take turns within a line', () => {
    const log = logOf(chunk('a'), chunk('!', stderr), chunk('b\n'), chunk('?\n', stderr), chunk('c'));
    expect(shown(log)).toEqual(['stdout ab', 'stderr !?', 'stdout c']);
  });

  it('shows of a line that is written over what it came to', () => {
    expect(shown(logOf(chunk('10 %\r20 %'), chunk('\r30 %\r'), chunk('\ndone\r\n')))).toEqual([
      'stdout 30 %',
      'stdout done',
    ]);
  });

  it('tells where another attempt begins', () => {
    expect(shown(logOf(chunk('a'), chunk('b', { attempt: 2 })))).toEqual(['stdout a', 'attempt Attempt 2', 'stdout b']);
  });

  it('decodes bytes, with characters that are cut', () => {
    const [first, second] = [
      [0x67, 0xc3],
      [0xbc, 0xff],
    ].map((bytes) => btoa(String.fromCharCode(...bytes)));
    const log = logOf(chunk(String(first), { encoding: 'base64' }), chunk(String(second), { encoding: 'base64' }));
    expect(shown(log)).toEqual(['stdout gü\ufffd']);
  });

  it('carries the style of a line over to the next until it is reset', () => {
    const log = logOf(chunk('\u001b[31mred\nstill\u001b[1m\nbold\u001b[0m\nplain\n\u001b[0;32mgreen\nend'));
    expect(log.lines.map(({ style }) => style)).toEqual([
      '',
      '\u001b[31m',
      '\u001b[31m\u001b[1m',
      '',
      '',
      '\u001b[0;32m',
    ]);
  });

  it('does not let the style grow without a reset', () => {
    const log = logOf(chunk('\u001b[31ma\n\u001b[32mb\n'.repeat(1000)));
    expect(log.lines.at(-1)?.style.length).toBeLessThan(220);
  });

  it('cuts lines that are too long, and lets the oldest go when there are too many', () => {
    const log = new OutputLog({ lines: 3, width: 4 });
    log.append([chunk('abcdefghij\nx\n')]);
    expect(shown(log)).toEqual(['stdout efgh', 'stdout ij', 'stdout x']);
    expect(log.dropped).toBe(1);
  });

  it('tells who listens, until they stop', () => {
    const log = new OutputLog();
    let told = 0;
    const stop = log.subscribe(() => told++);
    log.append([chunk('a')]);
    log.append([]);
    stop();
    log.append([chunk('b')]);
    expect(told).toBe(1);
    expect(log.version).toBe(2);
  });
});
