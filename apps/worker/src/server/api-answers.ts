import type {
  ArtifactProgress,
  AttemptRef,
  HandedTask,
  OutputReceipt,
  PollAnswer,
  Problem,
  ReportAnswer,
} from '#contracts';

/*
 * Bodies as they came over the wire. What answers may be a proxy or a captive portal, so nothing is believed to have
 * the shape of the contract before it was looked at. Fields that are not used here are let through.
 */

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;

function isAttemptRef(value: unknown): value is AttemptRef {
  return isObject(value) && typeof value.taskId === 'string' && isCount(value.attempt);
}

function isHandedTask(value: unknown): value is HandedTask {
  return (
    isObject(value) &&
    typeof value.id === 'string' &&
    value.id !== '' &&
    typeof value.type === 'string' &&
    isCount(value.attempt) &&
    isCount(value.timeout)
  );
}

function isListOf<T>(value: unknown, is: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(is);
}

/** The answer to a poll; undefined when the body is none. */
export function readPollAnswer(body: unknown): PollAnswer | undefined {
  if (!isObject(body) || typeof body.drain !== 'boolean' || typeof body.seq !== 'number') return undefined;
  const { seq, drain, tasks, cancel, stale } = body;
  if (!isListOf(tasks, isHandedTask) || !isListOf(cancel, isAttemptRef) || !isListOf(stale, isAttemptRef))
    return undefined;
  return { seq, drain, tasks, cancel, stale };
}

type ReportEntry = NonNullable<ReportAnswer['results']>[number];

function isReportEntry(value: unknown): value is ReportEntry {
  return isObject(value) && isCount(value.status) && ['string', 'undefined'].includes(typeof value.code);
}

/** The answer to one report or to many; undefined when the body is none. */
export function readReportAnswer(body: unknown): ReportAnswer | undefined {
  if (!isObject(body) || typeof body.success !== 'boolean') return undefined;
  const { success, results } = body;
  if (results === undefined) return { success };
  return isListOf(results, isReportEntry) ? { success, results } : undefined;
}

/** The answer to output, or the `next` of the problem that a gap is; undefined when the body is neither. */
export function readOutputReceipt(body: unknown): OutputReceipt | undefined {
  return isObject(body) && isCount(body.next) ? { next: body.next as number } : undefined;
}

/** What the server has of an artifact, be it an answer or a problem with an `offset`; undefined when it is neither. */
export function readArtifactProgress(
  body: unknown,
): (Omit<ArtifactProgress, 'artifactId'> & { artifactId?: string }) | undefined {
  if (!isObject(body) || !Number.isSafeInteger(body.offset)) return undefined;
  const artifactId = typeof body.artifactId === 'string' ? body.artifactId : undefined;
  return { artifactId, offset: body.offset as number, complete: body.complete === true };
}

/** What is usable of an error's body, which may be anything. */
export function readProblem(body: unknown): Partial<Pick<Problem, 'detail'>> & { code?: string } {
  if (!isObject(body)) return {};
  const detail = [body.detail, body.error, body.message, body.title].find((text) => typeof text === 'string');
  const fields = Array.isArray(body.errors)
    ? body.errors.filter(isObject).map((entry) => `${String(entry.field)}: ${String(entry.message)}`)
    : [];
  return {
    code: typeof body.code === 'string' ? body.code : undefined,
    detail: detail === undefined ? undefined : [detail, ...fields].join('; '),
  };
}
