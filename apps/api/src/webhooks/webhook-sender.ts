import http from 'node:http';
import https from 'node:https';
import { finished } from 'node:stream/promises';
import { urlToHttpOptions } from 'node:url';
import { VERSION } from '#version';
import type { AttemptEnd } from '../domain/webhook.js';
import type { AddressGuard } from './address-guard.js';

/** All of an attempt: the name, the connection, and the answer. */
const TIME_OUT_MS = 15_000;
/** How much of an answer is read, for the receiver's sake: nothing in it counts. */
const ANSWER_BYTES = 65_536;

/** Posts messages to receivers that nobody here has reason to trust. */
export class WebhookSender {
  constructor(
    private readonly guard: AddressGuard,
    private readonly timeOutMs = TIME_OUT_MS,
  ) {}

  /** One attempt, which never throws. Once `signal` is aborted it ends, as one that failed. */
  async send(url: string, body: string, headers: Record<string, string>, signal: AbortSignal): Promise<AttemptEnd> {
    const timeOut = AbortSignal.timeout(this.timeOutMs);
    try {
      const answer = await this.post(new URL(url), body, headers, AbortSignal.any([signal, timeOut]));
      const end = endOf(answer);
      await drained(answer);
      return end;
    } catch (error) {
      const why = timeOut.aborted ? `it did not answer within ${this.timeOutMs / 1000} s` : reasonOf(error as Error);
      return { delivered: false, status: null, error: why, retryAfter: null };
    }
  }

  private post(url: URL, body: string, headers: Record<string, string>, signal: AbortSignal) {
    const { hostname, ...target } = urlToHttpOptions(url);
    return new Promise<http.IncomingMessage>((resolve, reject) => {
      this.guard.check(hostname ?? '');
      const request: typeof http.request = url.protocol === 'https:' ? https.request : http.request;
      request({
        ...target,
        hostname,
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
          'User-Agent': `OpenClaw-Worker/${VERSION}`,
          ...headers,
        },
        // A connection of its own, which is looked up and judged anew.
        agent: false,
        lookup: this.guard.lookup,
        signal,
      })
        .on('response', resolve)
        // Another protocol, which nobody here has asked for: its status counts as any other, and nothing is read.
        .on('upgrade', (answer, socket) => {
          socket.destroy();
          answer.destroy();
          resolve(answer);
        })
        .on('error', reject)
        // Whatever else a receiver does to the connection, the attempt ends with it.
        .on('close', () => reject(new Error('the connection was closed without an answer')))
        .end(body);
    });
  }
}

function endOf({ statusCode: status = 0, headers }: http.IncomingMessage): AttemptEnd {
  const delivered = status >= 200 && status < 300;
  const redirect =
    status >= 300 && status < 400 ? ', and redirects are not followed: give the URL that it leads to' : '';
  const error = delivered ? null : `it answered ${status}${redirect}`;
  return { delivered, status, error, retryAfter: delivered ? null : retryAfterOf(headers['retry-after']) };
}

/** In milliseconds, of either form that RFC 9110 has: seconds, or a date. */
export function retryAfterOf(text: string | undefined, now = Date.now()): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // What else Date.parse takes, such as a negative number, is no date of HTTP: those begin with the day of the week.
  const at = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** The receiver has decided when it sent its status: whatever becomes of the rest of its answer changes nothing. */
async function drained(answer: http.IncomingMessage): Promise<void> {
  let room = ANSWER_BYTES;
  answer.on('data', (piece: Buffer) => {
    room -= piece.length;
    if (room < 0) answer.destroy();
  });
  await finished(answer).catch(() => undefined);
}

/** Of several addresses that cannot be connected to, Node tells in an error of errors. */
function reasonOf(error: Error): string {
  const [first] = error instanceof AggregateError ? error.errors : [];
  return (first ?? error).message || error.name;
}
