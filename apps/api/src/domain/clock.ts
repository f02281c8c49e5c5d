/** One moment, told by both clocks. */
export interface Instant {
  /** Milliseconds since the Unix epoch: what people read. It may jump. */
  wall: number;
  /** Milliseconds that only ever grow while this server runs: what leases and time-outs are judged by. */
  monotonic: number;
}

export interface Clock {
  now(): Instant;
}
