import type { Pacing } from '../pacing.js';
import type { Valve } from '../process/live-output.js';

/** How much may wait for the server before the process has to, in bytes, and how little lets it go on. */
const WAITING = { close: 2 * 1_048_576, open: 1_048_576 };
/** For how long a process waits for a server that takes nothing, in milliseconds. */
const PATIENCE = 5_000;

/** Slows a process down to what the network takes, but lets it run while the server takes nothing at all. */
export class BackPressure {
  private closed: AbortController | undefined;
  private takes = 0;
  private idle = false;
  private over = false;

  constructor(
    private readonly valve: Valve,
    private readonly pacing: Pacing,
  ) {}

  /** @param waiting how many bytes the server has not taken yet */
  grown(waiting: number): void {
    if (waiting > WAITING.close && !this.closed && !this.idle && !this.over) void this.close();
  }

  /** @param waiting how many bytes are left now that the server has taken some */
  taken(waiting: number): void {
    this.takes += 1;
    this.idle = false;
    if (waiting <= WAITING.open) this.closed?.abort();
  }

  /** Opens the valve for good. */
  end(): void {
    this.over = true;
    this.closed?.abort();
  }

  private async close(): Promise<void> {
    const closed = new AbortController();
    this.closed = closed;
    this.valve.close();
    let takes: number;
    do {
      takes = this.takes;
      await this.pacing.sleep(PATIENCE, closed.signal);
    } while (!closed.signal.aborted && takes !== this.takes);
    this.idle = !closed.signal.aborted;
    this.closed = undefined;
    this.valve.open();
  }
}
