/** Something the user can mend: its message names the thing and the fix, and is shown without a stack. */
export class Failure extends Error {
  name = 'Failure';
}

/**
 * Shows an error and makes the process end with 1.
 * @param {unknown} error
 */
export function report(error) {
  console.error(error instanceof Failure ? error.message : error);
  process.exitCode = 1;
}
