import type { AttemptResult } from '../domain/task.js';
import type { StreamName } from './output-store.js';

/** The parts of a report that tell what was printed. */
export type ReportedOutput = Pick<
  AttemptResult,
  'stdout' | 'stderr' | 'stdoutEncoding' | 'stderrEncoding' | 'outputBytes'
>;

/** How large a piece is at the most, in bytes. */
const PIECE_BYTES = 65_536;
const LONGEST_CHARACTER = 4;

/**
 * What a report holds beyond what its attempt has streamed, in pieces that split no character: a worker need not stream
 * what its report will tell. Of a stream that was begun only exact text can be continued; output that was cut, or that is
 * no UTF-8, has other bytes in the report than on the wire.
 * @param streamed how many bytes of each stream have arrived
 */
export function unstreamed(
  report: ReportedOutput,
  streamed: Record<StreamName, number>,
): { stream: StreamName; data: Buffer }[] {
  return (['stdout', 'stderr'] as const).flatMap((stream) =>
    pieces(restOf(report, stream, streamed[stream])).map((data) => ({ stream, data })),
  );
}

function restOf(report: ReportedOutput, stream: StreamName, streamed: number): Buffer {
  const encoding = report[`${stream}Encoding`] === 'base64' ? 'base64' : 'utf8';
  const bytes = Buffer.from(report[stream], encoding);
  if (streamed === 0) return bytes;
  // U+FFFD may stand for as many bytes that were no UTF-8; its worker has streamed all of such an output.
  const whole = bytes.length === report.outputBytes[stream] && !report[stream].includes('\uFFFD');
  const exact = encoding === 'utf8' && whole;
  return exact ? bytes.subarray(streamed) : Buffer.alloc(0);
}

function pieces(bytes: Buffer): Buffer[] {
  const cut: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = boundary(bytes, start + PIECE_BYTES);
    cut.push(bytes.subarray(start, end));
    start = end;
  }
  return cut;
}

/** The last place at or before `at` where a character begins; `at` itself when none does nearby. */
function boundary(bytes: Buffer, at: number): number {
  if (at >= bytes.length) return bytes.length;
  for (let back = 0; back < LONGEST_CHARACTER; back += 1) {
    const isContinuation = (bytes.readUInt8(at - back) & 0xc0) === 0x80;
    if (!isContinuation) return at - back;
  }
  return at;
}
