import { once } from 'node:events';
import type { Request, Response } from 'express';
import { SEQ_TEXT } from '#contracts/dto';
import { invalid } from './problem.js';

const MEDIA_TYPE = 'text/event-stream';
/** How long a client waits before it connects again, in milliseconds. */
const RETRY_MS = 1000;

/** How long a stream may be silent, in milliseconds. */
export const BEAT_MS = 15_000;

/** Whether the caller wants events rather than one JSON answer, which it gets when it takes both. */
export const wantsEvents = (request: Request): boolean =>
  request.accepts('application/json', MEDIA_TYPE) === MEDIA_TYPE;

/** Whether an answer is an event stream, which lasts for as long as its reader likes. */
export const isEventStream = (response: Response): boolean =>
  String(response.getHeader('content-type') ?? '').startsWith(MEDIA_TYPE);

/** The number of the event after which a reader that was cut off goes on, from its `Last-Event-ID`. */
export function lastSeen(lastEventId: string | undefined): number | undefined {
  if (lastEventId === undefined || lastEventId === '') return undefined;
  if (SEQ_TEXT.test(lastEventId)) return Number(lastEventId);
  const message = 'Last-Event-ID must be the id of an event of this stream: a whole number';
  throw invalid([{ field: 'Last-Event-ID', message }]);
}

/** An answer that is written event by event, in the format of the HTML standard's section on server-sent events. */
export class EventStream {
  /** @param gone aborted when nobody reads any more */
  constructor(
    private readonly response: Response,
    private readonly gone: AbortSignal,
  ) {
    response.status(200).set({
      'Content-Type': MEDIA_TYPE,
      'Cache-Control': 'no-store',
      // nginx would collect the events until its buffer is full.
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    response.write(`retry: ${RETRY_MS}\n\n`);
  }

  /** Resolves when there is room for more: what a slow reader has not taken is not piled up here. */
  async send(event: string, data: unknown, id?: number): Promise<void> {
    const named = id === undefined ? '' : `id: ${id}\n`;
    // JSON has no line break outside its strings, and in them they are escaped.
    await this.write(`${named}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Keeps what stands between the two ends from taking the connection for a dead one. */
  beat(): Promise<void> {
    return this.write(': still here\n\n');
  }

  end(): void {
    this.response.end();
  }

  private async write(text: string): Promise<void> {
    if (this.gone.aborted || this.response.write(text)) return;
    await once(this.response, 'drain', { signal: this.gone }).catch((error: unknown) => {
      if (!this.gone.aborted) throw error;
    });
  }
}
