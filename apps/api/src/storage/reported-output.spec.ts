import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ReportedOutput, unstreamed } from './reported-output.js';

function reported(stdout: string, change: Partial<ReportedOutput> = {}): ReportedOutput {
  return {
    stdout,
    stderr: '',
    stdoutEncoding: 'utf8',
    stderrEncoding: 'utf8',
    outputBytes: { stdout: Buffer.byteLength(stdout), stderr: 0 },
    ...change,
  };
}

const joined = (parts: { data: Buffer }[]) => Buffer.concat(parts.map(({ data }) => data));

describe('what a report holds beyond the stream', () => {
  it('continues exact text where the stream ended, and splits no character', () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 300 })
      .map((part) => part.replaceAll('\uFFFD', '?').repeat(500));
    fc.assert(
      fc.property(text, fc.double({ min: 0, max: 1, noNaN: true }), (stdout, share) => {
        const characters = [...stdout];
        const streamed = Buffer.from(characters.slice(0, Math.floor(characters.length * share)).join(''));
        const rest = unstreamed(reported(stdout), { stdout: streamed.length, stderr: 0 });
        expect(Buffer.concat([streamed, joined(rest)]).toString()).toBe(stdout);
        for (const { data } of rest) {
          expect(data.length).toBeLessThanOrEqual(65_536);
          expect(Buffer.from(data.toString())).toEqual(data);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is all of it when nothing was streamed, whatever it is', () => {
    const cut = reported('head … tail', { outputBytes: { stdout: 1_000_000, stderr: 0 } });
    expect(joined(unstreamed(cut, { stdout: 0, stderr: 0 })).toString()).toBe('head … tail');
    const bytes = Buffer.from([0xff, 0x00, 0xfe]);
    const binary = reported(bytes.toString('base64'), { stdoutEncoding: 'base64' });
    expect(joined(unstreamed(binary, { stdout: 0, stderr: 0 }))).toEqual(bytes);
  });

  it('is nothing of a stream that was begun when the report has other bytes than the wire', () => {
    const cut = reported('head … tail', { outputBytes: { stdout: 1_000_000, stderr: 0 } });
    expect(unstreamed(cut, { stdout: 5, stderr: 0 })).toEqual([]);
    // As long as what it stands for, but not the same.
    expect(unstreamed(reported('12\uFFFD'), { stdout: 2, stderr: 0 })).toEqual([]);
  });
});
