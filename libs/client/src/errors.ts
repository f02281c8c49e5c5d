import type { FieldError } from '#contracts';

/** The server has answered that it will not do what was asked. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  constructor(
    /** HTTP status. */
    readonly status: number,
    /** The contract's word for it, such as `task_not_found`; `unexpected` when the answer is not the API's. */
    readonly code: string,
    message: string,
    readonly fields: readonly FieldError[] = [],
    readonly requestId: string | null = null,
  ) {
    super(message);
  }
}

/** No answer of the API could be had, for as long as it was tried. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}
