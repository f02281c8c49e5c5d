import { type AttemptRef, REPORTED_STATUSES, type ResultReport, TEXT_ENCODINGS } from '#contracts';

/** A finished attempt's report, as the spool keeps it. */
export type SpooledReport = ResultReport & { attempt: number };

/** A file that a task has left, to be brought to the server: where it is, and what it is called there. */
export interface CollectedFile {
  path: string;
  name: string;
}

/** What the spool holds of an attempt, without the report itself. */
export interface SpooledAttempt extends AttemptRef {
  /** The size of the entry in bytes, which is about that of the report as JSON. */
  jsonBytes: number;
  /** What has to be at the server before the report is sent. */
  files: CollectedFile[];
}

type Check = (value: unknown) => boolean;

const FIELDS: Record<keyof SpooledReport, Check> = {
  taskId: (value) => isString(value) && value !== '',
  attempt: (value) => Number.isSafeInteger(value) && Number(value) > 0,
  status: optional(oneOf(REPORTED_STATUSES)),
  stdout: optional(isString),
  stderr: optional(isString),
  stdoutEncoding: optional(oneOf(TEXT_ENCODINGS)),
  stderrEncoding: optional(oneOf(TEXT_ENCODINGS)),
  exitCode: optional(nullable(Number.isSafeInteger)),
  signal: optional(nullable(isString)),
  error: optional(nullable(isString)),
  metadata: optional(nullable(isRecord)),
  duration: optional(isAmount),
  truncated: optional(perStream((value) => typeof value === 'boolean')),
  outputBytes: optional(perStream(isAmount)),
};

/** Whether what was read from a disk is a report that can be sent. Fields that it does not know may be there as well. */
export function isSpooledReport(value: unknown): value is SpooledReport {
  return isRecord(value) && Object.entries(FIELDS).every(([field, fits]) => fits(value[field]));
}

export function isCollectedFile(value: unknown): value is CollectedFile {
  return isRecord(value) && isString(value.path) && isString(value.name);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function oneOf(allowed: readonly string[]): Check {
  return (value) => isString(value) && allowed.includes(value);
}

function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

function nullable(check: Check): Check {
  return (value) => value === null || check(value);
}

function perStream(check: Check): Check {
  return (value) => isRecord(value) && check(value.stdout) && check(value.stderr);
}
