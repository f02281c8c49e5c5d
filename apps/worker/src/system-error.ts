// None of these asks for `instanceof Error`: some databases' errors are none, and a test has an Error class of its own.

/** The code of a system or database error, such as `ENOENT`; an empty string for anything else. */
export function codeOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}

/** Whether `cause` is a system error with one of these codes. */
export function hasCode(cause: unknown, ...codes: string[]): boolean {
  return codes.includes(codeOf(cause));
}

export function messageOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : String(cause);
}
