import { LIMITS } from '#contracts';
import { ReportDto } from '#contracts/dto';
import type { AttemptResult } from '../domain/task.js';
import { invalid } from '../http/problem.js';
import { validated } from '../http/validation.js';
import type { Report } from '../storage/task-store.js';

/** A report as it came, held to the rules; fields that are not known are left alone. */
export function parseReport(body: unknown): ReportDto {
  return validated(ReportDto, body, { unknownFields: 'ignore' });
}

/** The reports of a body that carries many, not yet looked at; null when it carries one. */
export function manyReports(body: unknown): unknown[] | null {
  const results = (body as { results?: unknown } | null)?.results ?? null;
  if (results === null) return null;
  if (!Array.isArray(results) || results.length > LIMITS.reports) {
    throw invalid([{ field: 'results', message: `results must be a list of at most ${LIMITS.reports} reports` }]);
  }
  return results;
}

export function toReport(dto: ReportDto, reporter: Report['reporter']): Report {
  return { taskId: dto.taskId, attempt: dto.attempt ?? null, reporter, result: resultOf(dto) };
}

function resultOf(dto: ReportDto): AttemptResult {
  const stdout = (dto.stdout ?? '').toWellFormed();
  const stderr = (dto.stderr ?? '').toWellFormed();
  return {
    outcome: dto.status ?? (dto.exitCode === 0 ? 'completed' : 'failed'),
    stdout,
    stderr,
    stdoutEncoding: dto.stdoutEncoding ?? 'utf8',
    stderrEncoding: dto.stderrEncoding ?? 'utf8',
    exitCode: dto.exitCode ?? null,
    signal: dto.signal ?? null,
    error: dto.error?.toWellFormed() ?? null,
    metadata: dto.metadata ?? null,
    duration: dto.duration ?? null,
    truncated: dto.truncated ?? { stdout: false, stderr: false },
    outputBytes: dto.outputBytes ?? { stdout: Buffer.byteLength(stdout), stderr: Buffer.byteLength(stderr) },
  };
}
