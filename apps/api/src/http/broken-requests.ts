import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import type { ErrorCode } from '#contracts';
import { ApiError, toProblem } from './problem.js';

/** Gives what never becomes a request of the application, such as a header that is no HTTP, the one error format too. */
export function answerBrokenRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // A connection that is gone, or in the middle of an answer, can be told nothing.
    const answering = (socket as Duplex & { _httpMessage?: ServerResponse })._httpMessage;
    if (!socket.writable || error.code === 'ECONNRESET' || answering?.headersSent) {
      socket.destroy();
      return;
    }
    socket.end(answerTo(error.code === 'HPE_HEADER_OVERFLOW' ? 'headers_too_large' : 'bad_request'));
  });
  server.on('checkExpectation', (_request, response) => {
    response.socket?.end(answerTo('expectation_failed'));
  });
}

function answerTo(code: ErrorCode): string {
  const error = new ApiError(code);
  const requestId = uuidv7();
  const body = JSON.stringify(toProblem(error, '', requestId));
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
