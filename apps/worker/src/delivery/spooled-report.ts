import { REPORTED_STATUSES, type ResultReport, TEXT_ENCODINGS } from '#contracts';

/** A finished attempt's report, as the spool keeps it. */
export type SpooledReport = ResultReport & { attempt: number };

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
