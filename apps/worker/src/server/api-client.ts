import { ERRORS, type PollAnswer, type PollRequest, type ResultReport } from '#contracts';
import { readPollAnswer, readReportAnswer } from './api-answers.js';
import { ApiError } from './api-error.js';
import type { HttpClient, Reply } from './http-client.js';
import { isGone } from './unwanted-attempt.js';

/** In milliseconds. */
const PATIENCE = { poll: 15_000, report: 60_000 };

/** What became of one report. */
export type ReportOutcome =
  | { kind: 'acknowledged' }
  /** The server has no use for it any more. */
  | { kind: 'gone'; detail: string }
  /** The server will never take it as it is. */
  | { kind: 'refused'; detail: string }
  | { kind: 'failed'; error: ApiError };

/** A worker's polls and reports. */
export class ApiClient {
  /** @param pollGrace how much later than its wait a poll is answered at most, in milliseconds */
  constructor(
    private readonly http: HttpClient,
    private readonly pollGrace = PATIENCE.poll,
  ) {}

  /** Held by the server for `poll.wait` at most. What it throws after `signal` was aborted means nothing. */
  async poll(poll: PollRequest, signal?: AbortSignal): Promise<PollAnswer> {
    const patience = (poll.wait ?? 0) + this.pollGrace;
    const reply = await this.http.send({ path: '/worker/poll', body: poll, patience }, signal);
    if (reply.status !== 200) throw this.http.errorFrom(reply);
    const answer = readPollAnswer(reply.json);
    if (!answer) throw this.http.strangeAnswer(reply);
    return answer;
  }

  /**
   * Sends at most `LIMITS.reports` reports of at most 64 MiB of JSON together.
   * Says in order what became of each; never throws.
   */
  async report(reports: readonly ResultReport[], signal?: AbortSignal): Promise<ReportOutcome[]> {
    if (reports.length === 1) return this.reportEach(reports, signal);
    const reply = await this.postReport({ results: reports }, signal);
    const all = this.judge(reply);
    // One bad report can spoil the whole request: sent alone, each gets the answer that is its own.
    if (all.kind === 'gone' || all.kind === 'refused') return this.reportEach(reports, signal);
    if (all.kind === 'failed' || reply instanceof ApiError) return reports.map(() => all);

    const results = readReportAnswer(reply.json)?.results ?? [];
    const outcomes: ReportOutcome[] = [];
    for (const [index, report] of reports.entries()) {
      const { status, code } = results[index] ?? {};
      const known = Object.entries(ERRORS).find(([name]) => name === code)?.[1].title;
      if (status === undefined) outcomes.push({ kind: 'failed', error: this.http.strangeAnswer(reply) });
      // Only the answer to a request of its own tells what is wrong with a report.
      else if (status === 400 || status === 413) outcomes.push(...(await this.reportEach([report], signal)));
      else outcomes.push(verdict(status, `HTTP ${status}: ${known ?? code ?? 'no reason given'}`));
    }
    return outcomes;
  }

  private async reportEach(reports: readonly ResultReport[], signal?: AbortSignal): Promise<ReportOutcome[]> {
    const outcomes: ReportOutcome[] = [];
    for (const report of reports) {
      const last = outcomes.at(-1);
      // The server that could not take one is not asked about the next before the pause that follows.
      if (last?.kind === 'failed') outcomes.push(last);
      else outcomes.push(this.judge(await this.postReport(report, signal)));
    }
    return outcomes;
  }

  private async postReport(body: object, signal?: AbortSignal): Promise<Reply | ApiError> {
    try {
      return await this.http.send({ path: '/worker/result', body, patience: PATIENCE.report }, signal);
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  }

  private judge(reply: Reply | ApiError): ReportOutcome {
    if (reply instanceof ApiError) return { kind: 'failed', error: reply };
    const { kind } = verdict(reply.status, '');
    if (kind === 'acknowledged') {
      const answer = readReportAnswer(reply.json);
      return answer?.success ? { kind } : { kind: 'failed', error: this.http.strangeAnswer(reply) };
    }
    // Gateways answer 404 for a server that is down. That must not cost a result.
    if (kind === 'gone' && !isGone(reply)) return { kind: 'failed', error: this.http.strangeAnswer(reply) };
    if (kind === 'failed') return { kind, error: this.http.errorFrom(reply) };
    return { kind, detail: this.http.describe(reply) };
  }
}

/** What an HTTP status says of a report. */
function verdict(status: number, detail: string): ReportOutcome {
  if (status >= 200 && status < 300) return { kind: 'acknowledged' };
  if (status === 404 || status === 409) return { kind: 'gone', detail };
  if (status === 400 || status === 413) return { kind: 'refused', detail };
  return { kind: 'failed', error: new ApiError('server', detail) };
}
