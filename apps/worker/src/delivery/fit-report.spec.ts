import { describe, expect, it } from '@jest/globals';
import type { ResultReport } from '#contracts';
import { fitReport, jsonBytesAtMost, minimalReport } from './fit-report.js';
import type { SpooledReport } from './spooled-report.js';

const MIB = 1_048_576;
const KIB = 1024;
/** A thousandth of the real sizes, for tests that need no real ones. */
const SMALL = { fits: 630 * KIB, shrunkTo: 600 * KIB };
const jsonBytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const LINE = /\n\[… (\d+) bytes left out …\]\n/g;

function report(over: Partial<ResultReport>): SpooledReport {
  const { stdout = '', stderr = '' } = over;
  return {
    taskId: 't',
    attempt: 1,
    status: 'completed',
    exitCode: 0,
    truncated: { stdout: false, stderr: false },
    outputBytes: { stdout: Buffer.byteLength(stdout), stderr: Buffer.byteLength(stderr) },
    ...over,
    stdout,
    stderr,
  };
}

describe('fitReport', () => {
  it('leaves a report that the server takes as it is', () => {
    const small = report({ stdout: 'hello', stderr: '\u0001' });
    expect(fitReport(small)).toBe(small);
    const large = report({ stdout: 'x'.repeat(60 * MIB) });
    expect(fitReport(large)).toEqual(large);
  });

  it('shrinks control characters, six bytes each in JSON, to head and tail with one line between them', () => {
    const printed = `begin${'\u0001'.repeat(12 * MIB)}end`;
    const fitted = fitReport(report({ stdout: printed, stderr: 'a warning' }));
    expect(jsonBytes(fitted)).toBeLessThanOrEqual(60 * MIB);
    expect(jsonBytes(fitted)).toBeGreaterThan(59 * MIB);
    expect(fitted).toMatchObject({
      status: 'completed',
      stderr: 'a warning',
      truncated: { stdout: true, stderr: false },
      outputBytes: { stdout: printed.length },
    });
    expect(fitted.stdout?.startsWith('begin')).toBe(true);
    expect(fitted.stdout?.endsWith('end')).toBe(true);
    const [line, ...more] = [...(fitted.stdout ?? '').matchAll(LINE)];
    expect(more).toEqual([]);
    const kept = (fitted.stdout?.length ?? 0) - (line?.[0].length ?? 0);
    expect(Number(line?.[1])).toBe(printed.length - kept);
  });

  it('shares the room between two large streams, and gives a small one all that it needs', () => {
    const noise = '\u0002'.repeat(110 * KIB);
    const both = fitReport(report({ stdout: noise, stderr: noise }), SMALL);
    expect(both.truncated).toEqual({ stdout: true, stderr: true });
    expect(jsonBytes(both)).toBeLessThanOrEqual(600 * KIB);
    expect(jsonBytes(both.stdout)).toBeGreaterThan(270 * KIB);
    expect(jsonBytes(both.stderr)).toBeGreaterThan(270 * KIB);

    const plain = 'y'.repeat(200 * KIB);
    const one = fitReport(report({ stdout: plain, stderr: noise }), SMALL);
    expect(one.stdout).toBe(plain);
    expect(one.truncated).toEqual({ stdout: false, stderr: true });
  });

  it('keeps one line, with the sum, in output that had been cut before', () => {
    const half = '\u0003'.repeat(60 * KIB);
    const quoted = '\n[… 5 bytes left out …]\n';
    const cut = `${quoted}${half}\n[… 1000 bytes left out …]\n${half}`;
    const total = cut.length + 1000;
    const fitted = fitReport(
      report({ stdout: cut, truncated: { stdout: true, stderr: false }, outputBytes: { stdout: total, stderr: 0 } }),
      SMALL,
    );
    const [inTheOutput, own, ...more] = [...(fitted.stdout ?? '').matchAll(LINE)];
    expect(inTheOutput?.[1]).toBe('5');
    expect(more).toEqual([]);
    const removed = 2 * half.length - ((fitted.stdout ?? '').split('\u0003').length - 1);
    expect(Number(own?.[1])).toBe(1000 + removed);
  });

  it('splits no character', () => {
    const fitted = fitReport(report({ stdout: `a${'😀'.repeat(170 * KIB)}` }), SMALL);
    expect(fitted.truncated?.stdout).toBe(true);
    expect(Buffer.from(fitted.stdout ?? '', 'utf8').toString()).toBe(fitted.stdout);
  });

  it('gives up metadata and the end of an error that leave no room', () => {
    const fitted = fitReport(
      report({ status: 'failed', error: 'e'.repeat(70 * MIB), metadata: { path: 'p'.repeat(2 * MIB) } }),
    );
    expect(jsonBytes(fitted)).toBeLessThan(MIB);
    expect(fitted).toMatchObject({ status: 'failed', metadata: {} });
  });
});

describe('jsonBytesAtMost', () => {
  it('is never less than the size of the report', () => {
    for (const text of ['plain', '\u0000\u0001', 'ü€😀', '"\\\n']) {
      const some = report({ stdout: text, stderr: text, error: text, metadata: { text } });
      expect(jsonBytesAtMost(some)).toBeGreaterThanOrEqual(jsonBytes(some));
    }
  });
});

describe('minimalReport', () => {
  it('says how the attempt ended and why there is no more', () => {
    const full = report({
      status: 'timed_out',
      exitCode: null,
      stdout: 'out',
      error: 'timed out after 5 ms',
      duration: 7,
    });
    expect(minimalReport(full, 'HTTP 400: no')).toEqual({
      taskId: 't',
      attempt: 1,
      status: 'timed_out',
      exitCode: null,
      error: 'timed out after 5 ms; the server refused the full report: HTTP 400: no',
      duration: 7,
      truncated: { stdout: true, stderr: false },
      outputBytes: { stdout: 3, stderr: 0 },
    });
  });

  it('calls an attempt failed when its end is not known', () => {
    const { status, ...unknown } = report({});
    expect(status).toBe('completed');
    expect(minimalReport(unknown, 'HTTP 413')).toMatchObject({
      status: 'failed',
      error: 'the server refused the full report: HTTP 413',
    });
  });
});
