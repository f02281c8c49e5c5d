import { type AttemptRef, LIMITS } from '#contracts';
import type { Logger } from '#logging';
import { attemptKey } from '../attempt-key.js';
import type { Pacing } from '../pacing.js';
import type { ApiClient, ReportOutcome } from '../server/api-client.js';
import type { ApiError } from '../server/api-error.js';
import type { ServerContact } from '../server/server-contact.js';
import { jsonBytesAtMost, minimalReport } from './fit-report.js';
import type { SpoolGuard } from './spool-guard.js';
import type { SpooledReport } from './spooled-report.js';

/** How much goes into one request, in bytes of JSON; a larger report goes alone. */
const BATCH_BYTES = 32 * 1_048_576;

interface Waiting {
  report: SpooledReport;
  /** Written to the spool, or known to be impossible to write. */
  stored: boolean;
  /** The server refused the full report, and this is the minimal one. */
  minimal: boolean;
  /** The last try to send it failed. */
  failing: boolean;
}

/** Brings every report to the server: on disk first, then sent until the server has answered for it. */
export class ResultDelivery {
  private readonly waiting = new Map<string, Waiting>();
  private readonly closing = new AbortController();
  private pause = new AbortController();
  private active = false;
  private sending: Promise<void> = Promise.resolve();

  constructor(
    private readonly spool: SpoolGuard,
    private readonly api: Pick<ApiClient, 'report'>,
    private readonly contact: ServerContact,
    private readonly pacing: Pacing,
    private readonly logger: Logger,
  ) {}

  /** Takes over what an earlier run left in the spool, oldest first. */
  resume(reports: readonly SpooledReport[]): void {
    for (const report of reports) this.hold(report, true);
    if (reports.length > 0)
      this.logger.info(`results of an earlier run that are still to be delivered: ${reports.length}`);
    this.send();
  }

  /** From the call on the attempt counts as unacknowledged. Resolves when the report is on disk, or cannot be. */
  async accept(report: SpooledReport): Promise<void> {
    const waiting = this.hold(report, false);
    await this.store(waiting);
    waiting.stored = true;
    this.send();
  }

  /** Forgets a report that the server does not want. */
  async drop(ref: AttemptRef): Promise<void> {
    if (!this.waiting.delete(attemptKey(ref))) return;
    this.noteContact();
    await this.spool.remove(ref);
  }

  holds(ref: AttemptRef): boolean {
    return this.waiting.has(attemptKey(ref));
  }

  unacknowledged(): AttemptRef[] {
    return [...this.waiting.values()].map(({ report: { taskId, attempt } }) => ({ taskId, attempt }));
  }

  /** Tries at once instead of at the end of the pause after a failure. */
  retryNow(): void {
    this.contact.hurry('report');
    this.pause.abort();
  }

  /**
   * Goes on delivering for at most `patience` milliseconds, then stops for good.
   * Answers how many reports are left, and how many of these are lost with the process because they are not on disk.
   */
  async finish(patience: number): Promise<{ left: number; lost: number }> {
    this.retryNow();
    this.send();
    const done = new AbortController();
    void this.pacing.sleep(patience, done.signal).then(() => {
      this.closing.abort();
      this.pause.abort();
    });
    await this.sending;
    done.abort();
    return { left: this.waiting.size, lost: await this.spool.close() };
  }

  private hold(report: SpooledReport, stored: boolean): Waiting {
    const waiting = { report, stored, minimal: false, failing: false };
    this.waiting.set(attemptKey(report), waiting);
    return waiting;
  }

  private async store(waiting: Waiting): Promise<void> {
    const { report } = waiting;
    await this.spool.add(report);
    // Dropped while it was being written.
    if (!this.isWaiting(waiting)) await this.spool.remove(report);
  }

  private isWaiting(waiting: Waiting): boolean {
    return this.waiting.get(attemptKey(waiting.report)) === waiting;
  }

  private send(): void {
    if (this.active) return;
    this.active = true;
    this.sending = this.sendAll();
  }

  private async sendAll(): Promise<void> {
    while (!this.closing.signal.aborted) {
      const batch = this.nextBatch();
      if (batch.length === 0) break;
      const reports = batch.map(({ report }) => report);
      const outcomes = await this.api.report(reports, this.closing.signal);
      let failure: ApiError | undefined;
      for (const [index, waiting] of batch.entries()) {
        const outcome = outcomes[index];
        // What was dropped while it was under way is no concern any more.
        if (!outcome || !this.isWaiting(waiting)) continue;
        await this.settle(waiting, outcome);
        if (outcome.kind === 'failed') failure = outcome.error;
      }
      if (!failure || this.closing.signal.aborted) this.noteContact();
      else await this.sleep(this.contact.failed('report', failure));
    }
    // In one step with the decision to end, or a report that comes in between would wait for the next one.
    this.active = false;
  }

  private nextBatch(): Waiting[] {
    const batch: Waiting[] = [];
    let bytes = 0;
    for (const waiting of this.waiting.values()) {
      if (!waiting.stored) continue;
      bytes += jsonBytesAtMost(waiting.report);
      if (batch.length > 0 && (bytes > BATCH_BYTES || batch.length >= LIMITS.reports)) break;
      batch.push(waiting);
    }
    return batch;
  }

  private async settle(waiting: Waiting, outcome: ReportOutcome): Promise<void> {
    const { report } = waiting;
    const key = attemptKey(report);
    const ref = { taskId: report.taskId, attempt: report.attempt };
    waiting.failing = outcome.kind === 'failed';
    switch (outcome.kind) {
      case 'failed':
        // To the end of the queue: one that the server cannot take must not keep back the others.
        this.waiting.delete(key);
        this.waiting.set(key, waiting);
        return;
      case 'refused':
        if (!waiting.minimal) return this.replace(waiting, outcome.detail);
        this.logger.error(ref, `the server refused even the minimal report (${outcome.detail}); it is dropped`);
        break;
      case 'gone':
        this.logger.warn(ref, `the server has no use for this report (${outcome.detail}); it is dropped`);
        break;
      case 'acknowledged':
        this.logger.debug(ref, 'report acknowledged');
    }
    this.waiting.delete(key);
    await this.spool.remove(ref);
  }

  private async replace(waiting: Waiting, detail: string): Promise<void> {
    const { taskId, attempt } = waiting.report;
    const aside = await this.spool.setAside({ taskId, attempt });
    const kept = aside === null ? '' : `, and it is kept as ${JSON.stringify(aside)}`;
    this.logger.error(
      { taskId, attempt },
      `the server refused the full report (${detail}); a minimal one replaces it${kept}`,
    );
    waiting.report = minimalReport(waiting.report, detail);
    waiting.minimal = true;
    await this.store(waiting);
  }

  /** Says that reports get through, unless some do not. */
  private noteContact(): void {
    if ([...this.waiting.values()].some(({ failing }) => failing)) return;
    this.contact.succeeded('report');
    this.pause.abort();
  }

  private async sleep(ms: number): Promise<void> {
    this.pause = new AbortController();
    await this.pacing.sleep(ms, this.pause.signal);
  }
}
