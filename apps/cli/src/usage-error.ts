/** What the person at the keyboard can put right: told as it is, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
