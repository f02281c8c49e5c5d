import type { ResultReport } from '#contracts';
import { jsonTextBytes } from '../files/json-size.js';
import { LEFT_OUT_LINE, leftOutLine } from '../process/left-out.js';
import type { SpooledReport } from './spooled-report.js';

const MIB = 1_048_576;

/** JSON sizes in bytes. The server takes 64 MiB; a file comes whole in up to 60 MiB of JSON and is never cut here. */
const SIZES = { fits: 63 * MIB, shrunkTo: 60 * MIB };
/** No error or metadata of ours is near this. */
const REST = MIB;
const STEP = 4096;
const LINE = 128;
const LONGEST_ERROR = 65_536;

/** No more than these bytes of JSON come of the report; cheap, and up to six times too high. */
export function jsonBytesAtMost({ stdout = '', stderr = '', ...rest }: ResultReport): number {
  return 6 * (stdout.length + stderr.length) + Buffer.byteLength(JSON.stringify(rest)) + LINE;
}

/** Whether the texts of a report stand for all bytes that were printed: U+FFFD stands where some were no UTF-8. */
export function tellsAllOutput({ stdout = '', stderr = '', truncated }: ResultReport): boolean {
  return !truncated?.stdout && !truncated?.stderr && !stdout.includes('\ufffd') && !stderr.includes('\ufffd');
}

/**
 * The report as it is when the server can take it. Otherwise its output is shrunk to head and tail with one line
 * between them, as it is for output over the limit: control characters take six bytes each in JSON.
 */
export function fitReport(report: SpooledReport, sizes = SIZES): SpooledReport {
  if (jsonBytesAtMost(report) <= sizes.fits) return report;
  const { stdout = '', stderr = '', ...others } = report;
  const rest = withinRest(others);
  const room = { out: jsonTextBytes(stdout), err: jsonTextBytes(stderr) };
  const taken = Buffer.byteLength(JSON.stringify(rest)) + LINE;
  if (taken + room.out + room.err <= sizes.fits) return { ...rest, stdout, stderr };

  const budget = sizes.shrunkTo - taken;
  const forErr = Math.min(room.err, Math.max(budget / 2, budget - room.out));
  const forOut = Math.min(room.out, budget - forErr);
  const cut = { stdout: forOut < room.out, stderr: forErr < room.err };
  const before = report.truncated ?? { stdout: false, stderr: false };
  return {
    ...rest,
    stdout: cut.stdout ? shrink(stdout, forOut, before.stdout) : stdout,
    stderr: cut.stderr ? shrink(stderr, forErr, before.stderr) : stderr,
    truncated: { stdout: before.stdout || cut.stdout, stderr: before.stderr || cut.stderr },
  };
}

/** What is sent in place of a report that the server refused: how the attempt ended, and why that is all. */
export function minimalReport(report: SpooledReport, detail: string): SpooledReport {
  const reason = `the server refused the full report: ${detail}`;
  const { stdout = '', stderr = '' } = report;
  return {
    taskId: report.taskId,
    attempt: report.attempt,
    status: report.status ?? 'failed',
    exitCode: report.exitCode ?? null,
    error: report.error ? `${report.error.slice(0, 1000)}; ${reason}` : reason,
    duration: report.duration,
    truncated: { stdout: stdout !== '', stderr: stderr !== '' },
    outputBytes: report.outputBytes,
  };
}

type Rest = Omit<SpooledReport, 'stdout' | 'stderr'>;

function withinRest(rest: Rest): Rest {
  if (Buffer.byteLength(JSON.stringify(rest)) <= REST) return rest;
  return { ...rest, metadata: {}, error: rest.error?.slice(0, LONGEST_ERROR) };
}

/** Head and tail in at most `budget` bytes of JSON, with the line that tells what is left out between them. */
function shrink(text: string, budget: number, wasCut: boolean): string {
  const before = wasCut ? partsOf(text) : { head: text, tail: text, leftOut: 0 };
  const half = Math.max(0, budget - LINE) / 2;
  const head = before.head.slice(0, unitsThatFit(before.head, half));
  const tail = before.tail.slice(before.tail.length - unitsThatFit(before.tail, half, 'from the end'));
  const all = wasCut ? Buffer.byteLength(before.head) + Buffer.byteLength(before.tail) : Buffer.byteLength(text);
  const leftOut = before.leftOut + all - Buffer.byteLength(head) - Buffer.byteLength(tail);
  return head + leftOutLine(leftOut) + tail;
}

/** Output that was cut before: what stands around its line. The output itself may hold such lines; its own is the middle one. */
function partsOf(text: string): { head: string; tail: string; leftOut: number } {
  const middle = text.length / 2;
  const lines = [...text.matchAll(LEFT_OUT_LINE)];
  lines.sort((a, b) => Math.abs(a.index - middle) - Math.abs(b.index - middle));
  const [line] = lines;
  if (!line) return { head: text, tail: '', leftOut: 0 };
  return { head: text.slice(0, line.index), tail: text.slice(line.index + line[0].length), leftOut: Number(line[1]) };
}

/** How many UTF-16 units of the start (or the end) take at most `budget` bytes of JSON; no character is split. */
function unitsThatFit(text: string, budget: number, end?: 'from the end'): number {
  let units = 0;
  for (let used = 0; units < text.length; ) {
    const next = wholeUnits(text, Math.min(units + STEP, text.length), end);
    const piece = end ? text.slice(text.length - next, text.length - units) : text.slice(units, next);
    used += jsonTextBytes(piece);
    if (used > budget) break;
    units = next;
  }
  return units;
}

function wholeUnits(text: string, units: number, end?: 'from the end'): number {
  const boundary = end ? text.length - units : units;
  const splits = /[\ud800-\udbff]/.test(text.charAt(boundary - 1)) && /[\udc00-\udfff]/.test(text.charAt(boundary));
  return splits ? units - 1 : units;
}
