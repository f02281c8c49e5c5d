import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import express, { type Request } from 'express';
import { limitBodyTime } from './body-time.js';

const TIMES = { whole: 10_000, silence: 1000 };

let server: Server;
let socket: Socket;
let request: Request;
let wait: boolean;
beforeEach(async () => {
  // Only what the limits are made of: sockets go on as they are.
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'performance'] });
  const app = express();
  server = createServer(app);
  app.use(limitBodyTime(server, TIMES));
  app.use((asked, response) => {
    request = asked;
    if (wait) asked.waitForProgress?.();
    asked.on('data', () => undefined);
    asked.once('end', () => response.end('done'));
    server.emit('begun');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, broken) => broken.end(`refused: ${error.code}`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
});
afterEach(async () => {
  jest.useRealTimers();
  socket.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

/** Sends the head of a request, and resolves when it is being handled. */
async function begin(length: number): Promise<void> {
  const begun = once(server, 'begun');
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`);
  await begun;
}
async function send(byte: string): Promise<void> {
  const arrived = once(request, 'data');
  socket.write(byte);
  await arrived;
}
const answer = async () => String((await once(socket, 'data'))[0]);

describe('limitBodyTime', () => {
  it('ends a request whose body takes longer than all may, however steadily it comes', async () => {
    wait = false;
    await begin(100);
    for (let n = 0; n < 10; n++) {
      await send('x');
      jest.advanceTimersByTime(999);
    }
    const answered = answer();
    jest.advanceTimersByTime(10);
    expect(await answered).toBe('refused: ERR_HTTP_REQUEST_TIMEOUT');
  });

  it('lets one that is waited for take any time for as long as bytes come, and ends it when none do', async () => {
    wait = true;
    await begin(100);
    for (let n = 0; n < 50; n++) {
      await send('x');
      jest.advanceTimersByTime(999);
    }
    const answered = answer();
    jest.advanceTimersByTime(1);
    expect(await answered).toBe('refused: ERR_HTTP_REQUEST_TIMEOUT');
  });

  it('leaves a request alone whose body has come', async () => {
    for (wait of [false, true]) {
      await begin(1);
      const answered = answer();
      await send('x');
      expect(await answered).toMatch(/^HTTP\/1.1 200 /);
      jest.advanceTimersByTime(2 * TIMES.whole);
      expect(request.socket.destroyed).toBe(false);
    }
  });
});
