import { EnvHttpProxyAgent, request } from 'undici';
import { ERRORS, type PollAnswer, type PollRequest, type ResultReport } from '#contracts';
import { readPollAnswer, readProblem, readReportAnswer } from './api-answers.js';
import { ApiError, connectionFault, retryAfterMs } from './api-error.js';

/** All limits in milliseconds. A connection whose other end has vanished says nothing: only these end it. */
const LIMIT = {
  connect: 10_000,
  pollGrace: 15_000,
  report: 60_000,
  /** So much longer for each 64 KiB of a report: a slow line is not a broken one. */
  reportPerChunk: 1_000,
  /** Between two pieces of an answer. */
  answerIdle: 15_000,
};
const CHUNK = 65_536;
const LONGEST_DETAIL = 1_000;
/** What says that the server has no use for a report: the status alone may come from a gateway. */
const GONE = new Set<string | undefined>([
  'task_not_found',
  'stale_attempt',
  'not_claimant',
] satisfies (keyof typeof ERRORS)[]);

/** What became of one report. */
export type ReportOutcome =
  | { kind: 'acknowledged' }
  /** The server has no use for it any more. */
  | { kind: 'gone'; detail: string }
  /** The server will never take it as it is. */
  | { kind: 'refused'; detail: string }
  | { kind: 'failed'; error: ApiError };

export interface ApiClientOptions {
  /** Without a slash at the end. */
  url: string;
  token: string;
  name: string;
  version: string;
  proxy: { http: string; https: string; exempt: string };
  /** How much later than its wait a poll is answered at most, in milliseconds. */
  pollGrace?: number;
}

interface Reply {
  status: number;
  retryAfter: string | undefined;
  location: string | undefined;
  /** The body as JSON; undefined when it is something else. */
  json: unknown;
}

/** The two calls of a worker over HTTP. Each ends by a deadline; whatever goes wrong is an `ApiError`. */
export class ApiClient {
  private dispatcher: EnvHttpProxyAgent;
  private readonly headers: Record<string, string>;

  constructor(private readonly options: ApiClientOptions) {
    this.dispatcher = connections(options.proxy);
    this.headers = {
      authorization: `Bearer ${options.token}`,
      'content-type': 'application/json',
      'user-agent': `openclaw-worker/${options.version}`,
      'x-worker-name': options.name,
    };
  }

  /** Held by the server for `poll.wait` at most. What it throws after `signal` was aborted means nothing. */
  async poll(poll: PollRequest, signal?: AbortSignal): Promise<PollAnswer> {
    const deadline = (poll.wait ?? 0) + (this.options.pollGrace ?? LIMIT.pollGrace);
    const reply = await this.post('/worker/poll', poll, () => deadline, signal);
    if (reply.status !== 200) throw this.errorFrom(reply);
    const answer = readPollAnswer(reply.json);
    if (!answer) throw this.strangeAnswer(reply);
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
      if (status === undefined) outcomes.push({ kind: 'failed', error: this.strangeAnswer(reply) });
      // Only the answer to a request of its own tells what is wrong with a report.
      else if (status === 400 || status === 413) outcomes.push(...(await this.reportEach([report], signal)));
      else outcomes.push(verdict(status, `HTTP ${status}: ${known ?? code ?? 'no reason given'}`));
    }
    return outcomes;
  }

  /** Breaks off all calls; what is called from now on gets connections of its own, not one that may be dead. */
  async reconnect(): Promise<void> {
    const before = this.dispatcher;
    this.dispatcher = connections(this.options.proxy);
    await before.destroy();
  }

  /** Breaks off all calls and ends the connections. */
  close(): Promise<void> {
    return this.dispatcher.destroy();
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
    const deadline = (bytes: number) => LIMIT.report + Math.ceil(bytes / CHUNK) * LIMIT.reportPerChunk;
    try {
      return await this.post('/worker/result', body, deadline, signal);
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
      return answer?.success ? { kind } : { kind: 'failed', error: this.strangeAnswer(reply) };
    }
    // Gateways answer 404 for a server that is down. That must not cost a result.
    if (kind === 'gone' && !GONE.has(readProblem(reply.json).code))
      return { kind: 'failed', error: this.strangeAnswer(reply) };
    if (kind === 'failed') return { kind, error: this.errorFrom(reply) };
    return { kind, detail: this.describe(reply) };
  }

  private errorFrom(reply: Reply): ApiError {
    const { status } = reply;
    const text = this.describe(reply);
    if (status === 401 || status === 403) return new ApiError('unauthorized', text);
    const { code } = readProblem(reply.json);
    if (code === 'worker_superseded') return new ApiError('superseded', text);
    if (code === 'worker_name_in_use') return new ApiError('name_in_use', text);
    if (status === 408 || status === 429 || status >= 500)
      return new ApiError('server', text, retryAfterMs(reply.retryAfter, Date.now()));
    return new ApiError('refused', text);
  }

  private strangeAnswer({ status }: Reply): ApiError {
    return new ApiError(
      'server',
      `HTTP ${status}, but not an answer of the task API: something else answers in its place`,
    );
  }

  private describe({ status, json, location }: Reply): string {
    const reason = readProblem(json).detail ?? (location && `it redirects to ${location}`);
    return this.withoutToken(reason ? `HTTP ${status}: ${reason.slice(0, LONGEST_DETAIL)}` : `HTTP ${status}`);
  }

  private withoutToken(text: string): string {
    return text.replaceAll(this.options.token, '[token]');
  }

  private async post(
    path: string,
    body: object,
    deadline: (bytes: number) => number,
    signal?: AbortSignal,
  ): Promise<Reply> {
    const json = JSON.stringify(body);
    const limit = deadline(json.length);
    const ending = new AbortController();
    const giveUp = () => ending.abort();
    const timer = setTimeout(() => ending.abort(), limit);
    signal?.addEventListener('abort', giveUp, { once: true });
    if (signal?.aborted) giveUp();
    try {
      const response = await request(this.options.url + path, {
        method: 'POST',
        dispatcher: this.dispatcher,
        headers: this.headers,
        body: json,
        signal: ending.signal,
        headersTimeout: 0,
        bodyTimeout: LIMIT.answerIdle,
      });
      // A large answer over a slow line may take longer; that it goes on coming is watched by `bodyTimeout`.
      clearTimeout(timer);
      const text = await response.body.text();
      const header = (name: string) => [response.headers[name]].flat()[0];
      return {
        status: response.statusCode,
        retryAfter: header('retry-after'),
        location: header('location'),
        json: parse(text),
      };
    } catch (cause) {
      const late = ending.signal.aborted && !signal?.aborted;
      const fault = late ? `no answer within ${limit / 1000} s` : connectionFault(cause);
      throw new ApiError('network', this.withoutToken(fault));
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    }
  }
}

function connections({ http, https, exempt }: ApiClientOptions['proxy']): EnvHttpProxyAgent {
  return new EnvHttpProxyAgent({
    httpProxy: http,
    httpsProxy: https,
    noProxy: exempt,
    // Proxies commonly refuse tunnels to ports other than 443; plain http is forwarded, as curl does it.
    proxyTunnel: false,
    connect: { timeout: LIMIT.connect },
  });
}

/** What an HTTP status says of a report. */
function verdict(status: number, detail: string): ReportOutcome {
  if (status >= 200 && status < 300) return { kind: 'acknowledged' };
  if (status === 404 || status === 409) return { kind: 'gone', detail };
  if (status === 400 || status === 413) return { kind: 'refused', detail };
  return { kind: 'failed', error: new ApiError('server', detail) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
