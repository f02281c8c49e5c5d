import { createHash } from 'node:crypto';
import type { AttemptRef } from '#contracts';
import { FileTaskError } from '../files/file-errors.js';
import { Backoff, type Pacing } from '../pacing.js';
import { readProblem } from './api-answers.js';
import { ApiError } from './api-error.js';
import type { HttpClient, OpenAnswer } from './http-client.js';

/** In milliseconds. */
const PATIENCE = 30_000;

interface Announced {
  size: number;
  sha256: string;
}

/** What a client has uploaded for a task, as its worker gets it. */
export class UploadApi {
  constructor(
    private readonly http: HttpClient,
    private readonly pacing: Pacing,
  ) {}

  download(ref: AttemptRef, signal: AbortSignal): UploadDownload {
    return new UploadDownload(this.http, this.pacing, ref, signal);
  }
}

/** One upload on its way: to be read once, and known by its digest after that. */
export class UploadDownload {
  private readonly hash = createHash('sha256');
  private received = 0;
  private announced: Announced | undefined;

  constructor(
    private readonly http: HttpClient,
    private readonly pacing: Pacing,
    private readonly ref: AttemptRef,
    private readonly signal: AbortSignal,
  ) {}

  /** Of what was received whole. The SHA-256 is 64 lower-case hex digits. */
  digest(): Announced {
    if (this.announced === undefined) throw new Error('an upload has a digest when it was received');
    return this.announced;
  }

  /**
   * Goes on after every break, until the signal is aborted, whose reason it throws. Throws a `FileTaskError` when the
   * server does not have the upload, and at the end when the bytes are not those that were announced.
   */
  async *bytes(): AsyncGenerator<Buffer> {
    const backoff = new Backoff(this.pacing);
    while (this.announced === undefined || this.received < this.announced.size) {
      try {
        for await (const bytes of this.rest()) {
          backoff.reset();
          yield bytes;
        }
      } catch (error) {
        this.signal.throwIfAborted();
        if (!(error instanceof ApiError)) throw error;
        await this.pacing.sleep(backoff.next(error.retryAfter), this.signal);
        this.signal.throwIfAborted();
      }
    }
    const sha256 = this.hash.digest('hex');
    if (sha256 === this.announced.sha256 && this.received === this.announced.size) return;
    throw new FileTaskError(
      `the upload arrived with ${this.received} bytes and the SHA-256 ${sha256}, not ${this.announced.size} and ${this.announced.sha256}; send the file again`,
    );
  }

  private async *rest(): AsyncGenerator<Buffer> {
    const { taskId, attempt } = this.ref;
    const path = `/worker/tasks/${encodeURIComponent(taskId)}/upload?attempt=${attempt}`;
    const headers = this.received > 0 ? { range: `bytes=${this.received}-` } : undefined;
    const answer = await this.http.open({ method: 'GET', path, headers, patience: PATIENCE }, this.signal);
    try {
      if (answer.status !== 200 && answer.status !== 206) throw await this.refusal(answer);
      // A whole file where a part was asked for.
      let known = await this.beginningOf(answer);
      const before = this.received;
      for await (const chunk of this.bodyOf(answer)) {
        const bytes = chunk.subarray(Math.min(known, chunk.length));
        known -= chunk.length - bytes.length;
        if (bytes.length === 0) continue;
        this.received += bytes.length;
        this.hash.update(bytes);
        yield bytes;
      }
      if (this.received === before && before < (this.announced?.size ?? 0)) throw this.http.strangeAnswer(answer);
    } finally {
      answer.release();
    }
  }

  /** Looks at what is announced; answers how many bytes of the body are known already. */
  private async beginningOf(answer: OpenAnswer): Promise<number> {
    const sha256 = /^"([0-9a-f]{64})"$/.exec(answer.header('etag') ?? '')?.[1];
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.header('content-range') ?? '') ?? [];
    const size = Number((answer.status === 206 ? total : answer.header('content-length')) ?? Number.NaN);
    const begins = answer.status === 206 ? Number(start ?? Number.NaN) : 0;
    if (sha256 === undefined || !Number.isSafeInteger(size) || !(begins <= this.received)) {
      await answer.body.dump();
      throw this.http.strangeAnswer(answer);
    }
    if (this.announced && (this.announced.sha256 !== sha256 || this.announced.size !== size)) {
      await answer.body.dump();
      throw new FileTaskError('the upload changed while it was received; send the file again');
    }
    this.announced = { size, sha256 };
    return this.received - begins;
  }

  private async *bodyOf({ body }: OpenAnswer): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of body) yield chunk as Buffer;
    } catch (cause) {
      throw this.http.faultOf(cause);
    }
  }

  private async refusal(answer: OpenAnswer): Promise<Error> {
    const reply = await this.http.replyOf(answer);
    const error = this.http.errorFrom(reply);
    if (error.kind !== 'refused' || readProblem(reply.json).code === undefined) return error;
    return new FileTaskError(`the server does not give the upload: ${error.message}; send the file again`);
  }
}
