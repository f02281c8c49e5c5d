/** What was copied is not there as it should be. */
export class FailedCopy extends Error {
  override readonly name = 'FailedCopy';
}
