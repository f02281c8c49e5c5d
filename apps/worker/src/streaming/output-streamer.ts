import type { AttemptRef, PerStream, SentChunk, StreamName } from '#contracts';
import type { Logger } from '#logging';
import { Backoff, type Pacing } from '../pacing.js';
import type { BoundedOutput } from '../process/bounded-output.js';
import type { LiveOutput, Valve } from '../process/live-output.js';
import type { ApiError } from '../server/api-error.js';
import type { OutputApi } from '../server/output-api.js';
import { BackPressure } from './back-pressure.js';
import { OutputBacklog } from './output-backlog.js';

/** For how long output is gathered, in milliseconds, and how many bytes are not waited with. */
const GATHER = { ms: 100, bytes: 65_536 };
/** Beyond the cap: the time from one look at what is printed to the next, in milliseconds. */
const WINDOW_MS = 1_000;
/** A pause after a failure is no longer than this, in milliseconds: the view is live again soon after an outage. */
const LONGEST_PAUSE = 2_000;
const UNAUTHORIZED_PAUSE = 30_000;
/** For how long the end of an attempt waits for a server that takes no output, in milliseconds. */
const LAST_PATIENCE = 5_000;

/**
 * Sends what an attempt's process prints while it runs, one request at a time. The report completes the stream from
 * what it holds: what was not sent by then is sent only when the report cannot tell it.
 */
export class OutputStreamer implements LiveOutput {
  private backlog: OutputBacklog | undefined;
  private pressure: BackPressure | undefined;
  private readonly backoff: Backoff;
  /** The chunks of the request under way, or to be repeated. */
  private unacknowledged: SentChunk[] = [];
  private unacknowledgedBytes = 0;
  private gatheredSince = 0;
  private lastWindow = Number.NEGATIVE_INFINITY;
  private gathering = new AbortController();
  private readonly over = new AbortController();
  private readonly calls = new AbortController();
  private ending = false;
  private running: Promise<void> | undefined;
  private taken = 0;

  constructor(
    private readonly ref: AttemptRef,
    private readonly api: Pick<OutputApi, 'send'>,
    private readonly pacing: Pacing,
    private readonly logger: Logger,
  ) {
    this.backoff = new Backoff(pacing, LONGEST_PAUSE);
  }

  follow(kept: PerStream<BoundedOutput>, valve: Valve): void {
    this.backlog = new OutputBacklog(kept);
    this.pressure = new BackPressure(valve, this.pacing);
  }

  note(stream: StreamName, bytes: Buffer): void {
    const { backlog } = this;
    if (!backlog || this.over.signal.aborted) return;
    const waited = backlog.hasTurn;
    backlog.note(stream, bytes);
    const first = backlog.hasTurn && !waited;
    if (first) this.gatheredSince = this.pacing.now();
    if (first || backlog.bytes >= GATHER.bytes) this.gathering.abort();
    this.pressure?.grown(backlog.bytes + this.unacknowledgedBytes);
    this.start(backlog);
  }

  leaveOpen(): void {
    this.pressure?.end();
  }

  /**
   * Ends the stream. What is left is dropped when the report tells it exactly; otherwise it is sent for as long as the
   * server takes it. A request under way may still be answered afterwards, which changes nothing.
   */
  async finish(reportTellsAll: boolean): Promise<void> {
    this.leaveOpen();
    if (this.backlog && !reportTellsAll && !this.over.signal.aborted) await this.flush(this.backlog);
    this.stop();
  }

  private async flush(backlog: OutputBacklog): Promise<void> {
    this.ending = true;
    backlog.finish();
    this.gathering.abort();
    const flushed = new AbortController();
    void this.start(backlog).then(() => flushed.abort());
    let taken: number;
    do {
      taken = this.taken;
      await this.pacing.sleep(LAST_PATIENCE, flushed.signal);
    } while (!flushed.signal.aborted && taken !== this.taken);
    if (!flushed.signal.aborted) this.logger.debug(this.ref, 'the last output could not be streamed');
    this.calls.abort();
  }

  private stop(): void {
    this.over.abort();
    this.gathering.abort();
    this.pressure?.end();
  }

  private start(backlog: OutputBacklog): Promise<void> {
    // Not at once: what was noted is kept only after that.
    this.running ??= Promise.resolve().then(() => this.run(backlog));
    return this.running;
  }

  /** Sends until nothing waits any more. */
  private async run(backlog: OutputBacklog): Promise<void> {
    while (!this.over.signal.aborted) {
      const wait = this.untilDue(backlog);
      if (this.unacknowledged.length > 0) await this.send(backlog);
      else if (wait === null) break;
      else if (wait > 0) await this.gather(wait);
      else this.take(backlog);
    }
    // In one step with the decision to end, or what is printed in between would wait for more.
    this.running = undefined;
  }

  private gather(ms: number): Promise<void> {
    this.gathering = new AbortController();
    return this.pacing.sleep(ms, this.gathering.signal);
  }

  private take(backlog: OutputBacklog): void {
    const before = backlog.bytes;
    this.unacknowledged = backlog.takeExact();
    this.unacknowledgedBytes = before - backlog.bytes;
    if (this.unacknowledged.length > 0 || !this.isWindowDue(backlog)) return;
    this.unacknowledged = backlog.takeWindows();
    this.lastWindow = this.pacing.now();
  }

  /** How long the next request has to wait, in milliseconds; null when there is nothing for it. */
  private untilDue(backlog: OutputBacklog): number | null {
    const now = this.pacing.now();
    if (backlog.hasTurn) {
      const atOnce = this.ending || backlog.bytes >= GATHER.bytes;
      return atOnce ? 0 : Math.max(0, this.gatheredSince + GATHER.ms - now);
    }
    if (!backlog.hasWindow) return null;
    return this.isWindowDue(backlog) ? 0 : this.lastWindow + WINDOW_MS - now;
  }

  private isWindowDue(backlog: OutputBacklog): boolean {
    return backlog.hasWindow && (this.ending || this.pacing.now() >= this.lastWindow + WINDOW_MS);
  }

  private async send(backlog: OutputBacklog): Promise<void> {
    const outcome = await this.api.send({ ...this.ref, chunks: this.unacknowledged }, this.calls.signal);
    if (this.over.signal.aborted) return;
    switch (outcome.kind) {
      case 'expects':
        return this.goOnFrom(outcome.next, backlog);
      case 'unwanted':
        this.logger.debug(this.ref, `the server does not take this output (${outcome.detail}); it is streamed no more`);
        return this.stop();
      case 'failed':
        return this.pause(outcome.error);
    }
  }

  private async goOnFrom(next: number, backlog: OutputBacklog): Promise<void> {
    const first = this.unacknowledged[0]?.seq ?? 0;
    const afterLast = first + this.unacknowledged.length;
    if (next < first || next > afterLast) {
      this.logger.debug(this.ref, `the server expects chunk ${next}, which is not there any more: nothing is streamed`);
      return this.stop();
    }
    if (next === first) return this.pause();
    this.unacknowledged = this.unacknowledged.filter(({ seq }) => seq >= next);
    if (this.unacknowledged.length === 0) this.unacknowledgedBytes = 0;
    this.taken += 1;
    this.backoff.reset();
    this.pressure?.taken(backlog.bytes + this.unacknowledgedBytes);
  }

  private pause(error?: ApiError): Promise<void> {
    this.logger.debug(this.ref, `output was not taken: ${error?.message ?? 'the server expects it once more'}`);
    const atLeast = error?.kind === 'unauthorized' ? UNAUTHORIZED_PAUSE : error?.retryAfter;
    return this.pacing.sleep(this.backoff.next(atLeast), this.over.signal);
  }
}
