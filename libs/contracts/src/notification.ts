/** A message that was posted to Discord. */
export interface Notified {
  channel: string;
  /** Discord's id of the message. */
  messageId: string;
}
