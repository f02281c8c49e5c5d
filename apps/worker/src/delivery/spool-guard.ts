import type { AttemptRef } from '#contracts';
import type { Logger } from '#logging';
import { attemptKey } from '../attempt-key.js';
import { Backoff, type Pacing } from '../pacing.js';
import { messageOf } from '../system-error.js';
import type { ResultSpool } from './result-spool.js';
import type { CollectedFile, SpooledReport } from './spooled-report.js';

/** The least pause between two tries to write to a spool that fails, in milliseconds. */
const REPAIR_PAUSE = 1_000;

/**
 * The spool for those who must go on when the disk does not: nothing here rejects. A report that could not be written
 * is remembered and written as soon as that works; until then `writable` is false.
 */
export class SpoolGuard {
  private readonly unsaved = new Map<string, { report: SpooledReport; files: readonly CollectedFile[] }>();
  private readonly closing = new AbortController();
  private failing = false;
  private notify: () => void = () => undefined;

  constructor(
    private readonly spool: Pick<ResultSpool, 'add' | 'read' | 'remove' | 'probe' | 'setAside' | 'limitSetAside'>,
    private readonly pacing: Pacing,
    private readonly logger: Logger,
  ) {}

  get writable(): boolean {
    return !this.failing;
  }

  /** Calls `listener` whenever `writable` changes. */
  watch(listener: () => void): void {
    this.notify = listener;
  }

  /** Resolves when the report would outlast a loss of power, or cannot be made to; answers which of the two. */
  async add(report: SpooledReport, files: readonly CollectedFile[] = []): Promise<boolean> {
    try {
      await this.spool.add(report, files);
      this.unsaved.delete(attemptKey(report));
      return true;
    } catch (error) {
      this.unsaved.set(attemptKey(report), { report, files });
      this.suspend(`${messageOf(error)}. The report is in memory only`);
      return false;
    }
  }

  /** A report that was written; null, which is told, when it cannot be read any more. */
  async read(ref: AttemptRef): Promise<SpooledReport | null> {
    try {
      return await this.spool.read(ref);
    } catch (error) {
      this.logger.error(ref, `a result is lost: ${messageOf(error)}`);
      return null;
    }
  }

  /** What the worker has to remember cannot be written: nothing is taken until it can. */
  suspend(problem: string): void {
    if (this.failing) return;
    this.failing = true;
    this.logger.error(`${problem}, and no new task is taken until the spool can be written`);
    this.notify();
    void this.repair();
  }

  async remove(ref: AttemptRef): Promise<void> {
    this.unsaved.delete(attemptKey(ref));
    try {
      await this.spool.remove(ref);
    } catch (error) {
      this.logger.warn(`${messageOf(error)}. The next start sends it once more, which changes nothing`);
    }
  }

  /** Keeps a refused report out of the way of the one that replaces it; its path, null when it is not on disk. */
  async setAside(ref: AttemptRef): Promise<string | null> {
    if (this.unsaved.has(attemptKey(ref))) return null;
    let path: string | null = null;
    try {
      path = await this.spool.setAside(ref);
      await this.spool.limitSetAside();
    } catch (error) {
      this.logger.warn(messageOf(error));
    }
    return path;
  }

  /** Tries a last time to write what is in memory only; answers how many reports would be lost with this process. */
  async close(): Promise<number> {
    this.closing.abort();
    for (const { report, files } of [...this.unsaved.values()]) await this.add(report, files);
    return this.unsaved.size;
  }

  private async repair(): Promise<void> {
    const backoff = new Backoff(this.pacing);
    while (this.failing) {
      await this.pacing.sleep(backoff.next(REPAIR_PAUSE), this.closing.signal);
      if (this.closing.signal.aborted) return;
      if (await this.writesAgain()) {
        this.failing = false;
        this.logger.info('the spool can be written again; tasks are taken again');
        this.notify();
      }
    }
  }

  /** Writes all that is unsaved. If all of it was delivered meanwhile, a small file serves for a trial. */
  private async writesAgain(): Promise<boolean> {
    try {
      if (this.unsaved.size === 0) await this.spool.probe();
      for (const { report, files } of [...this.unsaved.values()]) {
        await this.spool.add(report, files);
        // Delivered while it was being written: it has no business on the disk.
        if (!this.unsaved.delete(attemptKey(report))) await this.spool.remove(report);
      }
      // One more may have failed meanwhile.
      return this.unsaved.size === 0;
    } catch (error) {
      this.logger.debug(messageOf(error));
      return false;
    }
  }
}
