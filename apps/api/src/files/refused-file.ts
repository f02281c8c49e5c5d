import { ERRORS, LIMITS } from '#contracts';
import { ApiError, invalid } from '../http/problem.js';
import type { FileRefusal, FileVerdict } from '../storage/file-store.js';

/** The value of a verdict. Throws what a caller is told of a refusal; `subject` names what it was about. */
export function accepted<T>(verdict: FileVerdict<T>, subject: string): T {
  if (verdict.taken) return verdict.value;
  throw refused(verdict.refusal, subject);
}

function refused(refusal: FileRefusal, subject: string): ApiError {
  switch (refusal) {
    case 'unknown_task':
      return new ApiError('task_not_found', `there is no task ${subject}`);
    case 'unknown_file':
      return new ApiError('artifact_not_found', `there is no file ${subject}; announce it again`);
    case 'not_claimant':
      return new ApiError('not_claimant', ERRORS.not_claimant.title);
    case 'exists':
      return new ApiError('artifact_exists');
    case 'too_many':
      return invalid([{ field: 'name', message: `an attempt may leave at most ${LIMITS.artifacts.files} files` }]);
    default:
      return new ApiError('stale_attempt', 'the task takes no files of this attempt');
  }
}
