import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Received {
  path: string;
  method: string;
  headers: Record<string, string>;
  body: string;
}

type Answer = (response: ServerResponse, received: Received, request: IncomingMessage) => void;

/** A receiver of webhooks on the loopback, which keeps what it gets and answers as a test says. */
export class Receiver {
  readonly received: Received[] = [];
  answer: Answer = (response) => response.writeHead(204).end();
  private heard: () => void = () => undefined;

  private constructor(
    private readonly server: Server,
    private readonly host: string,
  ) {
    server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
      const body = (await buffer(request)).toString();
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const received = { path: request.url ?? '', method: request.method ?? '', headers, body };
      this.received.push(received);
      this.answer(response, received, request);
      this.heard();
    });
  }

  /** With `tls` by https, as `localhost`, which certificates are made for; otherwise by http, as 127.0.0.1. */
  static async listen(tls?: { key: Buffer; cert: Buffer }): Promise<Receiver> {
    const server = tls ? createTlsServer(tls) : createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Receiver(server, tls ? 'https://localhost' : 'http://127.0.0.1');
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.host}:${this.port}/hook`;
  }

  answerStatus(status: number, headers: Record<string, string> = {}): void {
    this.answer = (response) => response.writeHead(status, headers).end();
  }

  /** The first `count` messages, once they have come. */
  async first(count: number): Promise<Received[]> {
    while (this.received.length < count) {
      await new Promise<void>((resolve) => {
        this.heard = resolve;
      });
    }
    return this.received.slice(0, count);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
