import {
  type AttemptRef,
  type HandedTask,
  LIMITS,
  type PollAnswer,
  type PollRequest,
  type WorkerDescription,
} from '#contracts';
import type { Logger } from '#logging';
import { attemptKey } from './attempt-key.js';
import type { ResultDelivery } from './delivery/result-delivery.js';
import type { SpoolGuard } from './delivery/spool-guard.js';
import { EndEarly } from './executors/executor.js';
import type { AttemptJournal } from './journal/attempt-journal.js';
import type { Pacing } from './pacing.js';
import type { ReadyShells } from './process/ready-shells.js';
import type { ApiClient } from './server/api-client.js';
import { ApiError } from './server/api-error.js';
import type { ServerContact } from './server/server-contact.js';
import { messageOf } from './system-error.js';
import type { TaskRunner } from './task-runner.js';

/** What this worker says in a poll: nothing is left to defaults. */
type OwnPoll = Required<PollRequest>;
type HeldAttempt = OwnPoll['running'][number];

export interface ClaimLoopParts {
  api: Pick<ApiClient, 'poll'>;
  runner: Pick<TaskRunner, 'run'>;
  delivery: ResultDelivery;
  spool: SpoolGuard;
  journal: Pick<AttemptJournal, 'close'>;
  readyShells: Pick<ReadyShells, 'refillSoon'>;
  contact: ServerContact;
  pacing: Pacing;
  logger: Logger;
}

/** For how long a worker that stops goes on trying to deliver, and then to say farewell, in milliseconds each. */
const LAST_TRIES = 5_000;
const FAREWELL = 5_000;

export interface ClaimSettings {
  maxConcurrent: number;
  /** Milliseconds. */
  longPollWait: number;
  /** Milliseconds. */
  pollInterval: number;
}

interface Execution {
  ref: AttemptRef;
  cancel: AbortController;
  /** The server went on without this attempt: its report goes nowhere. */
  stale: boolean;
  done: Promise<void>;
}

/** Why the loop came to its end. */
export type LoopEnd = 'drained' | 'superseded';

/**
 * Asks the server for tasks, one poll at a time, and has them run.
 *
 *   starting ──▶ waiting ──▶ draining ──▶ ended
 *       └───────────┴────────────┴─▶ superseded ──▶ ended
 *
 * - starting: no poll has been answered yet; that lasts for as long as the server is away
 * - waiting: the server holds a poll, or a pause goes by before the next; what it hands out runs beside that. While the
 *   server drains this worker, or the spool cannot be written, the polls take nothing
 * - draining: by `drain()`; polls take nothing, and go on for as long as something runs, to renew its lease
 * - superseded: the server knows a newer start of this worker; no more polls, and what runs is ended
 * - ended: reports are delivered, or left in the spool, and the farewell was said
 *
 * Every poll lists all that is held: running attempts, and finished ones whose report is not acknowledged yet. A held
 * poll is given up, and its answer ignored, once it says something else about taking tasks than a new one would; the
 * server learns from the next poll that what it may have handed to this one never arrived.
 */
export class ClaimLoop {
  private state: 'starting' | 'waiting' | 'draining' | 'superseded' = 'starting';
  private seq = 0;
  private serverDrains = false;
  private readonly executions = new Map<string, Execution>();
  private readonly cancelling = new Set<string>();
  private open: { request: OwnPoll; abandon: AbortController } | undefined;
  private pause = new AbortController();

  constructor(
    private readonly worker: WorkerDescription,
    private readonly settings: ClaimSettings,
    private readonly parts: ClaimLoopParts,
  ) {}

  /** Polls until the end; resolves with the reason for it. */
  async run(): Promise<LoopEnd> {
    const { contact, delivery, spool } = this.parts;
    spool.watch(() => this.reconsider());
    contact.watch('poll', () => this.pause.abort());
    contact.watch('report', () => delivery.retryNow());
    delivery.watch(() => this.pause.abort());
    while (!this.hasEnded()) await this.pollOnce();
    await Promise.all([...this.executions.values()].map(({ done }) => done));
    await this.leave();
    return this.state === 'superseded' ? 'superseded' : 'drained';
  }

  /** Takes nothing any more; the loop ends when all that runs has. */
  drain(): void {
    if (this.state !== 'superseded') this.state = 'draining';
    this.pause.abort();
    this.reconsider();
  }

  /** Ends all that runs. */
  cancelAll(reason: string): void {
    for (const { cancel } of this.executions.values()) cancel.abort(new EndEarly('cancelled', reason));
  }

  /** The process was away: what a held poll would be answered may never come, and the server has to be told at once. */
  wake(): void {
    this.open?.abandon.abort();
    this.pause.abort();
    this.parts.delivery.retryNow();
  }

  get runningCount(): number {
    return this.executions.size;
  }

  private hasEnded(): boolean {
    return this.state === 'superseded' || (this.state === 'draining' && this.executions.size === 0);
  }

  private async pollOnce(): Promise<void> {
    const { api, contact, pacing } = this.parts;
    const open = { request: this.nextPoll(), abandon: new AbortController() };
    this.open = open;
    const sentAt = pacing.now();
    try {
      const answer = await api.poll(open.request, open.abandon.signal);
      if (open.abandon.signal.aborted) return;
      contact.succeeded('poll');
      const news = this.take(answer, open.request.max);
      // A server that does not hold polls, or repeats what it said, must not be asked without end.
      const early = pacing.now() - sentAt < Math.max(open.request.wait / 2, this.settings.pollInterval);
      if (!news && early && !this.hasMoved(open.request)) await this.sleep(this.settings.pollInterval);
    } catch (error) {
      if (open.abandon.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      const pause = contact.failed('poll', error);
      if (error.kind !== 'superseded') return this.sleep(pause);
      this.state = 'superseded';
      this.cancelAll('a newer start of this worker has taken over');
    } finally {
      this.open = undefined;
    }
  }

  private nextPoll(): OwnPoll {
    const running = this.held();
    this.seq += 1;
    return {
      worker: this.worker,
      seq: this.seq,
      wait: this.wait(running.length > 0),
      max: this.capacity(),
      draining: this.isDraining(),
      running,
    };
  }

  private wait(holdsSomething: boolean): number {
    // The first poll is answered at once: only then it is known that the server takes this worker.
    if (this.state === 'starting') return 0;
    const { longPollWait } = this.settings;
    return holdsSomething ? Math.min(longPollWait, LIMITS.pollWait.whileRunning) : longPollWait;
  }

  private held(): HeldAttempt[] {
    const executing = [...this.executions.values()].filter(({ stale }) => !stale).map(({ ref }) => ref);
    // An attempt is in both while its report is written to the spool.
    const refs = new Map([...executing, ...this.parts.delivery.unacknowledged()].map((ref) => [attemptKey(ref), ref]));
    for (const key of this.cancelling) if (!refs.has(key)) this.cancelling.delete(key);
    return [...refs].map(([key, ref]) => ({ ...ref, cancelling: this.cancelling.has(key) }));
  }

  private isDraining(): boolean {
    return this.serverDrains || this.state === 'draining';
  }

  private capacity(): number {
    if (this.isDraining() || !this.parts.spool.writable) return 0;
    return this.settings.maxConcurrent - this.executions.size;
  }

  /** Whether a new poll would list something else. */
  private hasMoved({ running }: OwnPoll): boolean {
    const listed = new Set(running.map(attemptKey));
    const held = this.held();
    return held.length !== listed.size || held.some((ref) => !listed.has(attemptKey(ref)));
  }

  /** Ends a wait that the worker's state has overtaken. */
  private reconsider(): void {
    if (this.hasEnded()) this.pause.abort();
    if (!this.open) return;
    const { request, abandon } = this.open;
    const takes = this.capacity() > 0;
    if (this.hasEnded() || request.max > 0 !== takes || request.draining !== this.isDraining()) abandon.abort();
  }

  /** Does what the answer says; answers whether any of it was new. */
  private take(answer: PollAnswer, max: number): boolean {
    const { logger } = this.parts;
    let news = this.state === 'starting';
    if (news) {
      this.state = 'waiting';
      logger.info('registered with the server');
    }
    if (answer.drain !== this.serverDrains) {
      this.serverDrains = answer.drain;
      logger.info(answer.drain ? 'drained by the server: no new tasks are taken' : 'the drain is lifted');
      news = true;
    }
    for (const ref of answer.stale) news = this.overtaken(ref) || news;
    for (const ref of answer.cancel) news = this.cancel(ref) || news;
    for (const task of answer.tasks.slice(0, max)) news = this.start(task) || news;
    return news;
  }

  private overtaken(ref: AttemptRef): boolean {
    const execution = this.executions.get(attemptKey(ref));
    const running = execution !== undefined && !execution.stale;
    if (!running && !this.parts.delivery.holds(ref)) return false;
    this.parts.logger.warn(ref, 'the server went on without this attempt: it is ended, its report dropped');
    if (running) {
      execution.stale = true;
      execution.cancel.abort(new EndEarly('cancelled', 'the server went on without this attempt'));
    }
    void this.parts.delivery.drop(ref);
    return true;
  }

  private cancel(ref: AttemptRef): boolean {
    const key = attemptKey(ref);
    const execution = this.executions.get(key);
    if (this.cancelling.has(key) || !(execution || this.parts.delivery.holds(ref))) return false;
    this.cancelling.add(key);
    execution?.cancel.abort(new EndEarly('cancelled', 'cancelled on request'));
    return true;
  }

  private start(task: HandedTask): boolean {
    const ref = { taskId: task.id, attempt: task.attempt };
    const key = attemptKey(ref);
    if (this.executions.has(key)) return false;
    const execution: Execution = { ref, cancel: new AbortController(), stale: false, done: Promise.resolve() };
    this.executions.set(key, execution);
    this.parts.logger.info({ ...ref, type: task.type }, 'task started');
    execution.done = this.execute(task, execution);
    return true;
  }

  private async execute(task: HandedTask, execution: Execution): Promise<void> {
    const { delivery, journal, logger, readyShells, runner } = this.parts;
    const { ref } = execution;
    const { report, files } = await runner.run(task, execution.cancel.signal);
    logger.info({ ...ref, status: report.status, exitCode: report.exitCode, ms: report.duration }, 'task ended');
    if (!execution.stale) await delivery.accept(report, files);
    journal.close(ref);
    readyShells.refillSoon();
    // Its place is free only now: a spool that cannot be written must be known before the next task is taken.
    this.executions.delete(attemptKey(ref));
    this.reconsider();
  }

  private sleep(ms: number): Promise<void> {
    this.pause = new AbortController();
    return this.parts.pacing.sleep(ms, this.pause.signal);
  }

  private async leave(): Promise<void> {
    const { left, lost } = await this.parts.delivery.finish(LAST_TRIES);
    const { logger } = this.parts;
    if (lost > 0) logger.error(`results lost, as neither the server nor the spool could take them: ${lost}`);
    if (left > lost) logger.warn(`results not delivered: ${left - lost}; they stay in the spool for the next start`);
    // While reports are left the worker must not say that it holds nothing.
    if (left === 0 && this.state !== 'superseded') await this.sayFarewell();
  }

  private async sayFarewell(): Promise<void> {
    const { api, logger, pacing } = this.parts;
    const done = new AbortController();
    const late = new AbortController();
    void pacing.sleep(FAREWELL, done.signal).then(() => late.abort());
    this.seq += 1;
    const farewell = { worker: this.worker, seq: this.seq, wait: 0, max: 0, draining: true, running: [] };
    await api.poll(farewell, late.signal).catch((error: unknown) => {
      logger.debug(`the server was not told of the end: ${messageOf(error)}`);
    });
    done.abort();
  }
}
