import type { IncomingMessage, Server } from 'node:http';
import type { Request, RequestHandler } from 'express';

declare module 'express-serve-static-core' {
  interface Request {
    /** Lets the body take as long as it needs for as long as bytes keep coming; absent when there is none. */
    waitForProgress?: () => void;
  }
}

export interface BodyTimes {
  /** What a body may take, in milliseconds. */
  whole: number;
  /** How long one that is waited for may bring nothing, in milliseconds. */
  silence: number;
}

/** `whole` is Node's own default. */
const TIMES: BodyTimes = { whole: 300_000, silence: 60_000 };

/**
 * Ends requests whose body comes too slowly. In the place of Node's `requestTimeout`, which knows no exception: it would
 * cut off a large file that a slow line is sending well.
 */
export function limitBodyTime(server: Server, { whole, silence }: BodyTimes = TIMES): RequestHandler {
  server.requestTimeout = 0;
  return (request, _response, next) => {
    if (hasBody(request)) {
      const end = () => tooSlow(server, request);
      // Of what was answered before its body had come, nobody is told when its connection ends: the timer must not count.
      let timer = setTimeout(end, whole).unref();
      request.waitForProgress = () => {
        clearTimeout(timer);
        timer = setTimeout(end, silence).unref();
        request.on('data', () => timer.refresh());
      };
      for (const over of ['end', 'close']) request.once(over, () => clearTimeout(timer));
    }
    next();
  };
}

export function hasBody({ headers }: Pick<Request, 'headers'>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** As Node does it itself: whoever hears of broken requests answers, if there is still an answer to be given. */
function tooSlow(server: Server, { socket, complete }: IncomingMessage): void {
  if (complete || socket.destroyed) return;
  const error = Object.assign(new Error('the body took too long'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
  server.emit('clientError', error, socket);
  socket.destroySoon();
}
