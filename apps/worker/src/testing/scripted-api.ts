import type { PollAnswer, PollRequest, ResultReport } from '#contracts';
import type { ReportOutcome } from '../server/api-client.js';
import { ApiError } from '../server/api-error.js';
import { Inbox } from './inbox.js';

export interface ScriptedPoll {
  request: Required<PollRequest>;
  signal: AbortSignal;
  /** Answers; what is not given is nothing. */
  say(answer?: Partial<PollAnswer>): void;
  fail(error: Error): void;
}

export interface ScriptedReport {
  reports: readonly ResultReport[];
  /** One outcome for each report, or one for all. */
  settle(...outcomes: [ReportOutcome, ...ReportOutcome[]]): void;
}

/** Stands in for the server: a call lasts until the test decides how it ends, or it is given up. */
export class ScriptedApi {
  readonly polls = new Inbox<ScriptedPoll>();
  readonly reports = new Inbox<ScriptedReport>();

  poll(request: PollRequest, signal = new AbortController().signal): Promise<PollAnswer> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new ApiError('network', 'given up')), { once: true });
      const nothing = { seq: request.seq, tasks: [], cancel: [], stale: [], drain: false };
      this.polls.put({
        request: request as Required<PollRequest>,
        signal,
        say: (answer = {}) => resolve({ ...nothing, ...answer }),
        fail: reject,
      });
    });
  }

  report(reports: readonly ResultReport[], signal = new AbortController().signal): Promise<ReportOutcome[]> {
    return new Promise((resolve) => {
      const settle = (...outcomes: [ReportOutcome, ...ReportOutcome[]]) =>
        resolve(reports.map((_report, index) => outcomes[index] ?? outcomes[0]));
      const givenUp = () => settle({ kind: 'failed', error: new ApiError('network', 'given up') });
      signal.addEventListener('abort', givenUp, { once: true });
      this.reports.put({ reports, settle });
    });
  }
}
