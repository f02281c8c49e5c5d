/** What was asked for made sense and has not gone well: the message says what has happened, and what to do. */
export class Failure extends Error {
  override readonly name: string = 'Failure';
}
