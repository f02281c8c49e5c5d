import type { OutputRequest } from '#contracts';
import { readOutputReceipt, readProblem } from './api-answers.js';
import { ApiError } from './api-error.js';
import type { HttpClient, Reply } from './http-client.js';
import { isGone } from './unwanted-attempt.js';

/** Output is live or worth little; in milliseconds, beside what its size takes. */
const PATIENCE = 10_000;

export type OutputOutcome =
  /** The chunk that the server wants next, be it the one after those that it was sent or, after a gap, an earlier one. */
  | { kind: 'expects'; next: number }
  /** It will not take this output, however often it is sent. */
  | { kind: 'unwanted'; detail: string }
  | { kind: 'failed'; error: ApiError };

/** Sends the output of attempts while they run. */
export class OutputApi {
  constructor(private readonly http: HttpClient) {}

  /** At most `LIMITS.output.chunks` together. Never throws. */
  async send(output: OutputRequest, signal?: AbortSignal): Promise<OutputOutcome> {
    try {
      return this.judge(await this.http.send({ path: '/worker/output', body: output, patience: PATIENCE }, signal));
    } catch (error) {
      if (error instanceof ApiError) return { kind: 'failed', error };
      throw error;
    }
  }

  private judge(reply: Reply): OutputOutcome {
    const receipt = readOutputReceipt(reply.json);
    const gap = reply.status === 409 && readProblem(reply.json).code === 'output_gap';
    if (receipt && (reply.status === 200 || gap)) return { kind: 'expects', next: receipt.next };
    if (reply.status === 200) return { kind: 'failed', error: this.http.strangeAnswer(reply) };
    const error = this.http.errorFrom(reply);
    if (isGone(reply) || (error.kind === 'refused' && readProblem(reply.json).code !== undefined))
      return { kind: 'unwanted', detail: error.message };
    return { kind: 'failed', error };
  }
}
