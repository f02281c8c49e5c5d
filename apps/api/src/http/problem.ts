import { ERRORS, type ErrorCode, type FieldError, type Problem } from '#contracts';

type ProblemMembers = Pick<Problem, 'next' | 'offset'>;

/** An error that a caller is told of. `detail` is for a person; it never carries a secret. */
export class ApiError extends Error {
  readonly errors?: FieldError[];
  /** What more a program needs to go on. */
  readonly members: ProblemMembers;
  readonly headers: Record<string, string>;

  constructor(
    readonly code: ErrorCode,
    detail?: string,
    extra: { errors?: FieldError[]; headers?: Record<string, string>; members?: ProblemMembers } = {},
  ) {
    super(detail ?? ERRORS[code].title);
    this.name = 'ApiError';
    this.errors = extra.errors;
    this.headers = extra.headers ?? {};
    this.members = extra.members ?? {};
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** A body that cannot be read, before anybody has looked at what it says. */
export class BodyError extends ApiError {}

/** A request whose fields are wrong: the detail sums up what `errors` lists. */
export function invalid(errors: FieldError[]): ApiError {
  return new ApiError('validation_failed', errors.map((error) => error.message).join('; '), { errors });
}

/** The answer to a call without a valid token. */
export function unauthorized(detail: string): ApiError {
  return new ApiError('unauthorized', detail, { headers: { 'WWW-Authenticate': 'Bearer' } });
}

export function methodNotAllowed({ path, method }: { path: string; method: string }, allowed: string[]): ApiError {
  const allow = allowed.join(', ');
  return new ApiError('method_not_allowed', `${path} does not take ${method}, but ${allow}`, {
    headers: { Allow: allow },
  });
}

/** The body of an error answer, as RFC 9457 has it. */
export function toProblem(error: ApiError, instance: string, requestId: string): Problem {
  return {
    type: 'about:blank',
    title: ERRORS[error.code].title,
    status: error.status,
    detail: error.message,
    instance,
    code: error.code,
    error: error.message,
    requestId,
    ...(error.errors ? { errors: error.errors } : {}),
    ...error.members,
  };
}
