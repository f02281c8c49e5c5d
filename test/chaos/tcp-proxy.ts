import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Random } from './random.js';

/** What is done to the traffic: nothing; it is swallowed; it comes late; it is cut somewhere; requests are repeated. */
export type Weather = 'fair' | 'swallow' | 'delay' | 'cut' | 'duplicate';

const DELAY_MS = { min: 20, max: 200 };
/** How many bytes pass before a connection is cut. */
const CUT_BYTES = 3000;
/** A repeated request may come late as well. */
const REPEAT_MS = { min: 0, max: 100 };

/** Stands between one side and the server, and does to its connections what the weather is. */
export class TcpProxy {
  weather: Weather = 'fair';
  /** Attempts, as `TASK ATTEMPT`, of which a report has come by, whatever became of it. */
  readonly reports = new Set<string>();
  private readonly sockets = new Set<Socket>();
  private cut: () => void = () => undefined;

  private constructor(
    private readonly server: Server,
    private readonly target: () => number,
    private readonly random: Random,
  ) {}

  /** @param target the port of 127.0.0.1 that it leads to */
  static async open(target: () => number, random: Random): Promise<TcpProxy> {
    const server = createServer({ pauseOnConnect: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new TcpProxy(server, target, random);
    server.on('connection', (socket) => proxy.accept(socket));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Fair weather again. What was swallowed is gone, so that the connections that it is missing from end. */
  clear(): void {
    const before = this.weather;
    this.weather = 'fair';
    if (before === 'swallow') this.cutAll();
  }

  cutAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Resolves when the next connection is cut. */
  nextCut(): Promise<void> {
    return new Promise((resolve) => {
      this.cut = resolve;
    });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.cutAll();
    await closed;
  }

  private accept(near: Socket): void {
    const far = connect(this.target(), '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.once('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    let request = '';
    near.on('data', (bytes) => {
      request = this.noteReports(request + bytes.toString('latin1'));
      this.pass(bytes, near, far, true);
    });
    far.on('data', (bytes) => this.pass(bytes, far, near, false));
    near.resume();
  }

  /** Answers the request that may go on. */
  private noteReports(traffic: string): string {
    const requests = traffic.split(/(?=POST \/)/);
    for (const request of requests.filter((one) => one.startsWith('POST /worker/result '))) {
      for (const [, taskId, attempt] of request.matchAll(/"taskId":"([^"]+)","attempt":(\d+)/g)) {
        this.reports.add(`${taskId} ${attempt}`);
      }
    }
    return requests.at(-1) ?? '';
  }

  private pass(bytes: Buffer, from: Socket, to: Socket, isRequest: boolean): void {
    switch (this.weather) {
      case 'fair':
        to.write(bytes);
        return;
      case 'swallow':
        return;
      case 'delay':
        from.pause();
        setTimeout(
          () => {
            if (!to.destroyed) to.write(bytes);
            from.resume();
          },
          this.random.integer(DELAY_MS.min, DELAY_MS.max),
        );
        return;
      case 'cut': {
        const passed = Math.min(bytes.length, this.random.integer(0, CUT_BYTES));
        to.write(bytes.subarray(0, passed), () => from.destroy());
        this.cut();
        return;
      }
      case 'duplicate':
        to.write(bytes);
        if (isRequest) this.repeat(bytes);
    }
  }

  /** Sends what came in one piece once more, on a connection of its own whose answer nobody reads. */
  private repeat(bytes: Buffer): void {
    setTimeout(
      () => {
        const again = connect(this.target(), '127.0.0.1');
        this.sockets.add(again);
        again.on('error', () => again.destroy()).once('close', () => this.sockets.delete(again));
        again.end(bytes);
        again.resume();
      },
      this.random.integer(REPEAT_MS.min, REPEAT_MS.max),
    );
  }
}
