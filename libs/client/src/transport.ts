import { RefusedError, UnreachableError } from './errors.js';

/** What fetch takes as a body. */
export type Content = NonNullable<RequestInit['body']>;

export interface ClientOptions {
  /** Where the API is, such as `https://tasks.example.org`; a path in front of it is kept. */
  url: string;
  token: string;
  /** In the place of the global one. */
  fetch?: typeof fetch;
  /** For how long a call that may be repeated is tried again, in milliseconds; 30 s by default. */
  retryFor?: number;
}

export interface Ask {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  path: string;
  query?: Record<string, string | number | boolean | undefined | null>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, in the place of `body`. */
  raw?: Content;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Whether doing it twice is the same as doing it once: true for reads. */
  repeatable?: boolean;
  /** For how long to wait for the head of the answer, in milliseconds; 30 s by default, as for each piece of the rest. */
  patience?: number;
  /** In the place of the client's own, in milliseconds. */
  retryFor?: number;
}

const PATIENCE_MS = 30_000;
const RETRY_FOR_MS = 30_000;
const PAUSE_MS = { first: 200, most: 5000 };
/** What a proxy or a server on its way down answers: the same call may go well a little later. */
const PASSING = [429, 502, 503, 504];

/** What is made of a good answer; calls `alive` whenever more of it has come. */
type Read<T> = (response: Response, alive: () => void) => Promise<T>;
type Outcome<T> = { value: T } | { failure: Response | Error };

/** Calls of the API over fetch. */
export class Transport {
  private readonly base: string;
  private readonly fetch: typeof fetch;
  private readonly retryFor: number;
  private readonly token: string;

  constructor({ url, token, fetch: given, retryFor = RETRY_FOR_MS }: ClientOptions) {
    this.base = url.replace(/\/+$/, '');
    this.token = token;
    this.fetch = given ?? ((...args) => fetch(...args));
    this.retryFor = retryFor;
  }

  /** The JSON that is answered, or null for an answer without a body. */
  async json<T>(ask: Ask): Promise<T> {
    const text = await this.tryAgain(ask, textOf);
    return (text === '' ? null : JSON.parse(text)) as T;
  }

  /**
   * The answer, its body unread. Throws a `RefusedError` for anything but success, an `UnreachableError` when no answer
   * could be had in time, and the signal's reason when that is aborted.
   */
  send(ask: Ask): Promise<Response> {
    return this.tryAgain(ask, async (response) => response);
  }

  private async tryAgain<T>(ask: Ask, read: Read<T>): Promise<T> {
    const repeatable = ask.repeatable ?? (ask.method ?? 'GET') === 'GET';
    const until = performance.now() + (ask.retryFor ?? this.retryFor);
    for (let pause = PAUSE_MS.first; ; pause = Math.min(PAUSE_MS.most, pause * 2)) {
      const outcome = await this.try(ask, read);
      if ('value' in outcome) return outcome.value;
      const { failure } = outcome;
      const passing = !(failure instanceof Response) || PASSING.includes(failure.status);
      const wait = failure instanceof Response ? retryAfter(failure, pause) : pause;
      if (!repeatable || !passing || performance.now() + wait > until) throw await errorOf(failure);
      await sleep(wait, ask.signal);
    }
  }

  private async try<T>(
    { method = 'GET', path, query, body, raw, headers, signal, patience = PATIENCE_MS }: Ask,
    read: Read<T>,
  ): Promise<Outcome<T>> {
    const late = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const giveUpAfter = (ms: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => late.abort(new UnreachableError('no answer in time')), ms);
    };
    giveUpAfter(patience);
    try {
      const response = await this.fetch(this.base + path + queryText(query), {
        method,
        headers: {
          Authorization: `Bearer ${this.token}`,
          Accept: 'application/json',
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
        signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
        // A body that is a stream goes out while the answer is not there yet.
        ...(raw instanceof ReadableStream ? { duplex: 'half' } : {}),
      });
      if (!response.ok) return { failure: response };
      return { value: await read(response, () => giveUpAfter(PATIENCE_MS)) };
    } catch (error) {
      signal?.throwIfAborted();
      return { failure: error as Error };
    } finally {
      clearTimeout(timer);
    }
  }
}

function queryText(query: Ask['query'] = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) given.append(name, String(value));
  }
  return given.size === 0 ? '' : `?${given}`;
}

function retryAfter(response: Response, pause: number): number {
  const seconds = Number(response.headers.get('retry-after'));
  const jitter = pause * (0.5 + Math.random());
  return Number.isFinite(seconds) && seconds > 0 ? Math.max(seconds * 1000, jitter) : jitter;
}

/** Piece by piece, to tell an answer that is long from a connection that nothing comes over any more. */
async function textOf({ body }: Response, alive: () => void): Promise<string> {
  const decoder = new TextDecoder();
  const reader = body?.getReader();
  let text = '';
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
    alive();
    text += decoder.decode(piece.value, { stream: true });
  }
  return text + decoder.decode();
}

async function errorOf(failure: Response | Error): Promise<Error> {
  if (!(failure instanceof Response)) {
    return new UnreachableError(reasonOf(failure), { cause: failure });
  }
  const text = await failure.text().catch(() => '');
  const { status, headers } = failure;
  try {
    const { code, detail, errors, requestId } = JSON.parse(text);
    if (typeof code === 'string')
      return new RefusedError(status, code, String(detail), errors ?? [], requestId ?? null);
  } catch {
    // It is not the API that has answered.
  }
  const message = `HTTP ${status}: ${text.slice(0, 200) || 'no body'}`;
  return new RefusedError(status, 'unexpected', message, [], headers.get('x-request-id'));
}

/** Of fetch, the cause says what has happened and the error only that something has. */
function reasonOf(error: Error): string {
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}

export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
