import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AddressGuard } from './address-guard.js';
import { retryAfterOf, WebhookSender } from './webhook-sender.js';

const NEVER = new AbortController().signal;
let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server?.listening ? server.close(resolve) : resolve(null)));
  server = undefined;
});

async function listen(answer: RequestListener): Promise<number> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const allowing = (timeOutMs?: number) => new WebhookSender(new AddressGuard(['127.0.0.1']), timeOutMs);
const send = (sender: WebhookSender, url: string, signal = NEVER) => sender.send(url, '{}', {}, signal);

describe('WebhookSender', () => {
  it('answers what the receiver has answered, whatever is in the answer', async () => {
    const port = await listen((_, response) => response.writeHead(202).end('thank you'));
    expect(await send(allowing(), `http://127.0.0.1:${port}`)).toEqual({
      delivered: true,
      status: 202,
      error: null,
      retryAfter: null,
    });
  });

  it('connects to nothing that is not public, however that is written', async () => {
    let called = 0;
    const port = await listen((_, response) => {
      called++;
      response.end();
    });
    const hosts = ['127.0.0.1', 'localhost', '2130706433', '0x7f000001', '0177.0.0.1', '127.1', '0.0.0.0', '[::1]'];
    const mapped = ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:7f00:1]'];
    for (const host of [...hosts, ...mapped]) {
      const end = await send(new WebhookSender(new AddressGuard([])), `http://${host}:${port}/`);
      expect([host, end]).toEqual([
        host,
        { delivered: false, status: null, error: expect.stringMatching(/is not a public address/), retryAfter: null },
      ]);
    }
    expect(called).toBe(0);
  });

  it('gives up a receiver that does not answer', async () => {
    const silent = await listen(() => undefined);
    expect(await send(allowing(100), `http://127.0.0.1:${silent}`)).toMatchObject({
      delivered: false,
      error: 'it did not answer within 0.1 s',
    });
  });

  it('takes the status of an answer that does not end, and stops reading it', async () => {
    const port = await listen((_, response) => {
      response.writeHead(200);
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384)));
        if (!response.destroyed) response.once('drain', pour);
      };
      pour();
    });
    expect(await send(allowing(), `http://127.0.0.1:${port}`)).toMatchObject({ delivered: true, status: 200 });
  });

  it('takes the status of an answer whose rest never comes', async () => {
    const port = await listen((_, response) => response.writeHead(200, { 'Content-Length': '10' }).write('1'));
    expect(await send(allowing(100), `http://127.0.0.1:${port}`)).toMatchObject({ delivered: true, status: 200 });
  });

  it.each([
    ['alone', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    [
      'and goes on',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
    ],
  ])('does not wait for one that switches to another protocol, %s', async (_, answer) => {
    let closed: Promise<unknown> | undefined;
    const port = await listen(({ socket }) => {
      closed = once(socket, 'close');
      socket.write(answer);
    });
    expect(await send(allowing(), `http://127.0.0.1:${port}`)).toEqual({
      delivered: false,
      status: 101,
      error: 'it answered 101',
      retryAfter: null,
    });
    await closed;
  });

  it('says in few words what was wrong with the connection', async () => {
    const port = await listen((request) => request.socket.destroy());
    expect(await send(allowing(), `http://127.0.0.1:${port}`)).toMatchObject({ error: 'socket hang up' });
  });

  it('says so when nobody listens', async () => {
    const closed = await listen(() => undefined);
    await new Promise((resolve) => server?.close(resolve));
    expect(await send(allowing(), `http://127.0.0.1:${closed}`)).toMatchObject({
      error: `connect ECONNREFUSED 127.0.0.1:${closed}`,
    });
  });

  it('ends when it is told to', async () => {
    const stop = new AbortController();
    const port = await listen(() => stop.abort());
    expect(await send(allowing(), `http://127.0.0.1:${port}`, stop.signal)).toMatchObject({
      delivered: false,
      status: null,
    });
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1);
  it.each([
    [undefined, null],
    ['120', 120_000],
    ['0', 0],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', null],
    ['-1', null],
  ])('%j is %j ms', (text, expected) => expect(retryAfterOf(text, now)).toBe(expected));
});
