import type { Logger } from '#logging';
import { Backoff, type Pacing } from '../pacing.js';
import type { ApiError, ApiErrorKind } from './api-error.js';

export type Call = 'poll' | 'report';

/** Pauses for what only a person can mend, in milliseconds. */
const UNAUTHORIZED_PAUSE = 30_000;
const NAME_IN_USE_PAUSE = 10_000;

/** What one line in the log covers: a restart shows as refused connections, 503s and time-outs in turn. */
type Trouble = 'unreachable' | Exclude<ApiErrorKind, 'network' | 'server'>;

interface Outage {
  since: number;
  told: Set<Trouble>;
}

/** Knows whether the server answers: tells it once when that changes, and how long to leave it alone. */
export class ServerContact {
  private readonly failing = new Map<Call, Backoff>();
  private outage: Outage | undefined;
  private readonly waiting = new Map<Call, () => void>();

  constructor(
    private readonly server: { url: string; workerName: string },
    private readonly pacing: Pacing,
    private readonly logger: Logger,
  ) {}

  /** No call is failing. */
  get reached(): boolean {
    return this.outage === undefined;
  }

  /** Answers the pause before the next try of this call, in milliseconds. */
  failed(call: Call, error: ApiError): number {
    const backoff = this.failing.get(call) ?? new Backoff(this.pacing);
    this.failing.set(call, backoff);
    this.outage ??= { since: this.pacing.now(), told: new Set() };
    const trouble = error.kind === 'network' || error.kind === 'server' ? 'unreachable' : error.kind;
    if (!this.outage.told.has(trouble)) {
      this.outage.told.add(trouble);
      this.tell(trouble, error);
    } else this.logger.debug({ call }, `still failing: ${error.message}`);

    if (error.kind === 'unauthorized') return UNAUTHORIZED_PAUSE;
    if (error.kind === 'name_in_use') return NAME_IN_USE_PAUSE;
    return backoff.next(error.retryAfter);
  }

  /** Calls `listener` when another call gets through while this one is failing: its pause has become pointless. */
  watch(call: Call, listener: () => void): void {
    this.waiting.set(call, listener);
  }

  succeeded(call: Call): void {
    const recovered = this.failing.delete(call);
    // Polls succeed all the time: while reports are refused, only a poll's recovery says something new of the server.
    if (recovered || call === 'report') for (const other of this.failing.keys()) this.waiting.get(other)?.();
    if (this.outage && this.failing.size === 0) {
      const seconds = Math.round((this.pacing.now() - this.outage.since) / 1000);
      this.logger.info(`${this.server.url} reached again after ${seconds} s`);
      this.outage = undefined;
    }
  }

  /** Short pauses again: there is little time left. */
  hurry(call: Call): void {
    this.failing.get(call)?.reset();
  }

  private tell(trouble: Trouble, { kind, message }: ApiError): void {
    const { url, workerName } = this.server;
    switch (trouble) {
      case 'unreachable':
        this.logger.warn(
          kind === 'network'
            ? `cannot reach ${url}: ${message}; trying on`
            : `${url} cannot serve: ${message}; trying on`,
        );
        break;
      case 'unauthorized':
        this.logger.error(
          `${url} does not accept this worker's token (${message}): compare WORKER_TOKEN with the WORKER_TOKEN of that server, ` +
            `or with a token of role "worker" that it gave out and has not revoked; trying again every ${UNAUTHORIZED_PAUSE / 1000} s`,
        );
        break;
      case 'name_in_use':
        this.logger.error(
          `another worker named "${workerName}" is online at ${url}: give this one a WORKER_NAME of its own, or stop the other; ` +
            `trying again every ${NAME_IN_USE_PAUSE / 1000} s`,
        );
        break;
      case 'superseded':
        this.logger.error(
          `a newer start of worker "${workerName}" is known to ${url}: this one stops. If no other runs, SPOOL_DIR was set back to an older copy: delete it`,
        );
        break;
      case 'refused':
        this.logger.error(
          `${url} does not take this worker's calls (${message}): check that WORKER_URL is the address of the task API; trying on`,
        );
        break;
    }
  }
}
