import { Readable } from 'node:stream';
import { jsonByteLength, jsonPieces } from '#memory';
import { readProblem } from './api-answers.js';
import { ApiError, connectionFault, retryAfterMs } from './api-error.js';
import { Connections, type ProxySettings, type ResponseHead } from './connections.js';

/** All limits in milliseconds. A connection whose other end has vanished says nothing: only these end it. */
const LIMIT = {
  connect: 10_000,
  /** Between two pieces of an answer. */
  answerIdle: 15_000,
  /** So much longer for every full 64 KiB of a body: a slow line is not a broken one. */
  perBlock: 1_000,
};
const BLOCK = 65_536;
/** JSON up to this size is made at once. */
const WHOLE_BYTES = 1_048_576;
const LONGEST_DETAIL = 1_000;

export interface ServerAddress {
  /** Without a slash at the end. */
  url: string;
  token: string;
  name: string;
  version: string;
  proxy: ProxySettings;
}

export interface HttpCall {
  method?: 'GET' | 'POST' | 'PUT';
  /** With a slash at its start. */
  path: string;
  headers?: Record<string, string>;
  /** An object goes as JSON; what is streamed needs its type and `content-length` among the headers. */
  body?: object | AsyncGenerator<Buffer>;
  /** For how long nothing may happen before the answer begins, in milliseconds; JSON gets more for its size. */
  patience: number;
}

/** An answer whose body has not been read yet; it has to be released in any case. */
export interface OpenAnswer {
  status: number;
  header(name: string): string | undefined;
  body: ResponseHead['body'];
  release(): void;
}

export interface Reply {
  status: number;
  retryAfter: string | undefined;
  location: string | undefined;
  /** The body as JSON; undefined when it is something else. */
  json: unknown;
}

/** Calls of the task API, over connections that are kept. Each ends by a deadline; whatever goes wrong is an `ApiError`. */
export class HttpClient {
  private connections: Connections;
  private readonly headers: Record<string, string>;

  constructor(private readonly server: ServerAddress) {
    this.connections = new Connections(server.proxy, LIMIT.connect);
    this.headers = {
      authorization: `Bearer ${server.token}`,
      'user-agent': `openclaw-worker/${server.version}`,
      'x-worker-name': server.name,
    };
  }

  /** Breaks off all calls; what is called from now on gets connections of its own, not one that may be dead. */
  async reconnect(): Promise<void> {
    const before = this.connections;
    this.connections = new Connections(this.server.proxy, LIMIT.connect);
    await before.destroy();
  }

  /** Breaks off all calls and ends the connections. */
  close(): Promise<void> {
    return this.connections.destroy();
  }

  /** What it throws after `signal` was aborted means nothing. */
  async send(call: HttpCall, signal?: AbortSignal): Promise<Reply> {
    const answer = await this.open(call, signal);
    try {
      return await this.replyOf(answer);
    } finally {
      answer.release();
    }
  }

  /** Resolves with the head of the answer; that its body goes on coming is watched. */
  async open({ method = 'POST', path, headers, body, patience }: HttpCall, signal?: AbortSignal): Promise<OpenAnswer> {
    const json = body === undefined || isStream(body) ? null : jsonBody(body);
    const limit = patience + Math.floor((json?.bytes ?? 0) / BLOCK) * LIMIT.perBlock;
    const ending = new AbortController();
    const giveUp = () => ending.abort();
    const timer = setTimeout(giveUp, limit);
    signal?.addEventListener('abort', giveUp, { once: true });
    if (signal?.aborted) giveUp();
    const release = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    };
    try {
      const response = await this.connections.request(this.server.url + path, {
        method,
        headers: { ...this.headers, ...json?.headers, ...headers },
        body: body !== undefined && isStream(body) ? Readable.from(watched(body, () => timer.refresh())) : json?.body,
        signal: ending.signal,
        headersTimeout: 0,
        bodyTimeout: LIMIT.answerIdle,
      });
      // A large answer over a slow line may take longer; that it goes on coming is watched by `bodyTimeout`.
      clearTimeout(timer);
      const header = (name: string) => [response.headers[name]].flat()[0];
      return { status: response.statusCode, header, body: response.body, release };
    } catch (cause) {
      release();
      if (cause instanceof BodyError) throw cause.cause;
      const late = ending.signal.aborted && !signal?.aborted;
      throw late ? new ApiError('network', `no answer within ${limit / 1000} s`) : this.faultOf(cause);
    }
  }

  /** Reads the rest of an answer. */
  async replyOf({ status, header, body }: OpenAnswer): Promise<Reply> {
    try {
      const json = parse(await body.text());
      return { status, retryAfter: header('retry-after'), location: header('location'), json };
    } catch (cause) {
      throw this.faultOf(cause);
    }
  }

  /** What broke a connection. */
  faultOf(cause: unknown): ApiError {
    return new ApiError('network', this.withoutToken(connectionFault(cause)));
  }

  /** What an answer that is no success comes to. */
  errorFrom(reply: Reply): ApiError {
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

  strangeAnswer({ status }: Pick<Reply, 'status'>): ApiError {
    return new ApiError(
      'server',
      `HTTP ${status}, but not an answer of the task API: something else answers in its place`,
    );
  }

  describe({ status, json, location }: Reply): string {
    const reason = readProblem(json).detail ?? (location && `it redirects to ${location}`);
    return this.withoutToken(reason ? `HTTP ${status}: ${reason.slice(0, LONGEST_DETAIL)}` : `HTTP ${status}`);
  }

  private withoutToken(text: string): string {
    return text.replaceAll(this.server.token, '[token]');
  }
}

function jsonBody(value: object): { body: Buffer | Readable; bytes: number; headers: Record<string, string> } {
  const bytes = jsonByteLength(value);
  // What is large is made piece by piece while it is sent: nowhere is it there as a whole.
  const body = bytes <= WHOLE_BYTES ? Buffer.concat([...jsonPieces(value)]) : Readable.from(jsonPieces(value));
  return { body, bytes, headers: { 'content-type': 'application/json', 'content-length': String(bytes) } };
}

/** What the source of a streamed body has thrown, which is no fault of the connection. */
class BodyError extends Error {}

function isStream(body: object): body is AsyncGenerator<Buffer> {
  return Symbol.asyncIterator in body;
}

/** Calls `note` whenever the connection asks for more of the body. */
async function* watched(body: AsyncGenerator<Buffer>, note: () => void): AsyncGenerator<Buffer> {
  try {
    for await (const piece of body) {
      note();
      yield piece;
    }
  } catch (cause) {
    throw new BodyError('the body could not be read', { cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
