import { type AttemptRef, LIMITS } from '#contracts';
import type { Logger } from '#logging';
import { attemptKey } from '../attempt-key.js';
import type { Pacing } from '../pacing.js';
import type { ApiClient, ReportOutcome } from '../server/api-client.js';
import type { ApiError } from '../server/api-error.js';
import type { ServerContact } from '../server/server-contact.js';
import { withArtifactProblems } from './artifact-problems.js';
import type { ArtifactUpload } from './artifact-upload.js';
import { jsonBytesAtMost, minimalReport } from './fit-report.js';
import type { SpoolGuard } from './spool-guard.js';
import type { CollectedFile, SpooledAttempt, SpooledReport } from './spooled-report.js';

/** How much goes into one request, in bytes of JSON; a larger report goes alone. */
const BATCH_BYTES = 32 * 1_048_576;
/** How much of what is on disk stays in memory as well, in bytes of JSON. */
const MEMORY_BYTES = 32 * 1_048_576;

interface Waiting {
  ref: AttemptRef;
  /** No more than these bytes of JSON come of the report. */
  jsonBytes: number;
  /** Without it, it has to be read from the spool. */
  report: SpooledReport | undefined;
  /** What has to be at the server before the report is sent. */
  files: readonly CollectedFile[];
  /** Aborted when the files need not be brought any more. */
  abandon: AbortController;
  /** Written to the spool, or known to be impossible to write. */
  stored: boolean;
  /** The server refused the full report, and this is the minimal one. */
  minimal: boolean;
  /** The last try to send it failed. */
  failing: boolean;
}

/**
 * Brings every report to the server: on disk first, then the files that belong to it, then sent until the server has
 * answered for it.
 */
export class ResultDelivery {
  private readonly waiting = new Map<string, Waiting>();
  private readonly bringing = new Set<Promise<void>>();
  private readonly closing = new AbortController();
  private pause = new AbortController();
  private active = false;
  private settled: () => void = () => undefined;
  private sending: Promise<void> = Promise.resolve();

  constructor(
    private readonly spool: SpoolGuard,
    private readonly api: Pick<ApiClient, 'report'>,
    private readonly uploads: Pick<ArtifactUpload, 'bring'>,
    private readonly contact: ServerContact,
    private readonly pacing: Pacing,
    private readonly logger: Logger,
  ) {}

  /** Calls `listener` whenever a report has become none that is unacknowledged. */
  watch(listener: () => void): void {
    this.settled = listener;
  }

  /** Takes over what an earlier run left in the spool, oldest first. */
  resume(attempts: readonly SpooledAttempt[]): void {
    for (const { taskId, attempt, jsonBytes, files } of attempts)
      this.hold({ ref: { taskId, attempt }, jsonBytes, report: undefined, files, stored: true });
    if (attempts.length > 0)
      this.logger.info(`results of an earlier run that are still to be delivered: ${attempts.length}`);
    for (const waiting of this.waiting.values()) this.bring(waiting);
    this.send();
  }

  /** From the call on the attempt counts as unacknowledged. Resolves when the report is on disk, or cannot be. */
  async accept(report: SpooledReport, files: readonly CollectedFile[] = []): Promise<void> {
    const { taskId, attempt } = report;
    const waiting = this.hold({ ref: { taskId, attempt }, jsonBytes: 0, report, files, stored: false });
    await this.store(waiting, report, files);
    waiting.stored = true;
    this.bring(waiting);
    this.send();
  }

  /** Forgets a report that the server does not want. */
  async drop(ref: AttemptRef): Promise<void> {
    this.waiting.get(attemptKey(ref))?.abandon.abort();
    if (!this.waiting.delete(attemptKey(ref))) return;
    this.noteContact();
    await this.spool.remove(ref);
  }

  holds(ref: AttemptRef): boolean {
    return this.waiting.has(attemptKey(ref));
  }

  unacknowledged(): AttemptRef[] {
    return [...this.waiting.values()].map(({ ref }) => ref);
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
      for (const { abandon } of this.waiting.values()) abandon.abort();
    });
    while (this.bringing.size > 0) await Promise.all(this.bringing);
    await this.sending;
    done.abort();
    return { left: this.waiting.size, lost: await this.spool.close() };
  }

  private hold(parts: Pick<Waiting, 'ref' | 'jsonBytes' | 'report' | 'files' | 'stored'>): Waiting {
    const waiting = { ...parts, abandon: new AbortController(), minimal: false, failing: false };
    this.waiting.set(attemptKey(parts.ref), waiting);
    return waiting;
  }

  private async store(waiting: Waiting, report: SpooledReport, files: readonly CollectedFile[]): Promise<void> {
    waiting.report = report;
    waiting.jsonBytes = jsonBytesAtMost(report);
    const saved = await this.spool.add(report, files);
    // Dropped while it was being written.
    if (!this.isWaiting(waiting)) await this.spool.remove(waiting.ref);
    else if (saved && this.isTooMuchInMemory()) waiting.report = undefined;
  }

  // One may be of any size: it is most likely the next to be sent.
  private isTooMuchInMemory(): boolean {
    const inMemory = [...this.waiting.values()].filter(({ report }) => report !== undefined);
    return inMemory.length > 1 && inMemory.reduce((sum, { jsonBytes }) => sum + jsonBytes, 0) > MEMORY_BYTES;
  }

  private isWaiting(waiting: Waiting): boolean {
    return this.waiting.get(attemptKey(waiting.ref)) === waiting;
  }

  /** Brings the files of a stored report, which is sent after that. */
  private bring(waiting: Waiting): void {
    if (waiting.files.length === 0) return;
    const bringing = this.bringFiles(waiting).finally(() => this.bringing.delete(bringing));
    this.bringing.add(bringing);
  }

  private async bringFiles(waiting: Waiting): Promise<void> {
    const { signal } = waiting.abandon;
    const problems = await this.uploads.bring(waiting.ref, waiting.files, signal);
    if (signal.aborted) return;
    const report = await this.reportOf(waiting);
    if (!report || !this.isWaiting(waiting)) return;
    // Written anew, or the next start would look for files that may be gone by then.
    await this.store(waiting, withArtifactProblems(report, problems), []);
    waiting.files = [];
    this.send();
  }

  /** The report itself; null when the spool has lost it. */
  private async reportOf(waiting: Waiting): Promise<SpooledReport | null> {
    const report = waiting.report ?? (await this.spool.read(waiting.ref));
    if (report === null && this.isWaiting(waiting)) this.waiting.delete(attemptKey(waiting.ref));
    return report;
  }

  private send(): void {
    if (this.active) return;
    this.active = true;
    this.sending = this.sendAll();
  }

  private async sendAll(): Promise<void> {
    while (!this.closing.signal.aborted) {
      const next = this.nextBatch();
      if (next.length === 0) break;
      const batch = await this.withReports(next);
      if (batch.length === 0) continue;
      const outcomes = await this.api.report(
        batch.map(({ report }) => report),
        this.closing.signal,
      );
      let failure: ApiError | undefined;
      for (const [index, { waiting, report }] of batch.entries()) {
        const outcome = outcomes[index];
        // What was dropped while it was under way is no concern any more.
        if (!outcome || !this.isWaiting(waiting)) continue;
        await this.settle(waiting, report, outcome);
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
      if (!waiting.stored || waiting.files.length > 0) continue;
      bytes += waiting.jsonBytes;
      if (batch.length > 0 && (bytes > BATCH_BYTES || batch.length >= LIMITS.reports)) break;
      batch.push(waiting);
    }
    return batch;
  }

  private async withReports(batch: readonly Waiting[]): Promise<{ waiting: Waiting; report: SpooledReport }[]> {
    const found: { waiting: Waiting; report: SpooledReport }[] = [];
    for (const waiting of batch) {
      const report = await this.reportOf(waiting);
      if (report && this.isWaiting(waiting)) found.push({ waiting, report });
    }
    return found;
  }

  private async settle(waiting: Waiting, report: SpooledReport, outcome: ReportOutcome): Promise<void> {
    const { ref } = waiting;
    const key = attemptKey(ref);
    waiting.failing = outcome.kind === 'failed';
    switch (outcome.kind) {
      case 'failed':
        // To the end of the queue: one that the server cannot take must not keep back the others.
        this.waiting.delete(key);
        this.waiting.set(key, waiting);
        return;
      case 'refused':
        if (!waiting.minimal) return this.replace(waiting, report, outcome.detail);
        this.logger.error(ref, `the server refused even the minimal report (${outcome.detail}); it is dropped`);
        break;
      case 'gone':
        this.logger.warn(ref, `the server has no use for this report (${outcome.detail}); it is dropped`);
        break;
      case 'acknowledged':
        this.logger.debug(ref, 'report acknowledged');
    }
    this.waiting.delete(key);
    this.settled();
    await this.spool.remove(ref);
  }

  private async replace(waiting: Waiting, report: SpooledReport, detail: string): Promise<void> {
    const { ref } = waiting;
    const aside = await this.spool.setAside(ref);
    const kept = aside === null ? '' : `, and it is kept as ${JSON.stringify(aside)}`;
    this.logger.error(ref, `the server refused the full report (${detail}); a minimal one replaces it${kept}`);
    waiting.minimal = true;
    await this.store(waiting, minimalReport(report, detail), []);
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
