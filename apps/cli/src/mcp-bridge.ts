import type { JSONRPCMessage, RequestId, SdkHttpError, Transport } from '@modelcontextprotocol/client';
import { RefusedError, UnreachableError } from '#client';
import { problemOf } from './problem.js';

/** Of JSON-RPC: an error of the implementation. */
const SERVER_ERROR = -32_000;
const BROKEN =
  'the connection to the server broke before the answer; what the call has begun may go on: see list_tasks';

/** Passes messages between a client and a server that each have a transport of their own. Every request is answered. */
export class McpBridge {
  /** The requests that are not answered yet. */
  private readonly open = new Map<RequestId, AbortController>();
  /** The id of the request that has begun a session, as the protocol had it before 2026-07-28. */
  private handshake: RequestId | undefined;

  constructor(
    private readonly client: Transport,
    private readonly server: Transport,
  ) {}

  /** Until the client closes its side. */
  async run(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.client.onclose = resolve;
    });
    this.client.onmessage = (message) => void this.pass(message);
    this.server.onmessage = (message) => void this.answer(message);
    await this.server.start();
    await this.client.start();
    await closed;
    await this.server.close();
  }

  private async pass(message: JSONRPCMessage): Promise<void> {
    if ('method' in message && message.method === 'notifications/cancelled' && this.handshake === undefined) {
      // Over HTTP a request is cancelled by the end of its connection.
      this.give(message.params?.requestId as RequestId);
      return;
    }
    if (!('method' in message) || !('id' in message)) {
      // Nobody waits for an answer to it.
      await this.server.send(message).catch(() => undefined);
      return;
    }
    const { id, method } = message;
    if (method === 'initialize') this.handshake = id;
    const given = new AbortController();
    this.open.set(id, given);
    const onRequestStreamEnd = () => void this.fail(id, BROKEN);
    await this.server
      .send(message, { requestSignal: given.signal, onRequestStreamEnd })
      .catch((error: unknown) => this.fail(id, textOf(error)));
  }

  private async answer(message: JSONRPCMessage): Promise<void> {
    if ('id' in message && message.id !== undefined && !('method' in message)) {
      this.open.delete(message.id);
      if (message.id === this.handshake && 'result' in message) {
        this.server.setProtocolVersion?.(String(message.result.protocolVersion));
      }
    }
    await this.client.send(message);
  }

  private give(id: RequestId): void {
    this.open.get(id)?.abort();
    this.open.delete(id);
  }

  private async fail(id: RequestId, message: string): Promise<void> {
    if (this.open.delete(id)) await this.client.send({ jsonrpc: '2.0', id, error: { code: SERVER_ERROR, message } });
  }
}

/** What went wrong between here and the server, as `ocw` tells it elsewhere. */
function textOf(error: unknown): string {
  const { data, message, cause } = error as Partial<SdkHttpError> & Error;
  if (data?.status === undefined) {
    const reason = cause instanceof Error && cause.message !== '' ? cause.message : message;
    return problemOf(new UnreachableError(reason))?.message ?? reason;
  }
  const { code = 'unexpected', detail = message } = problemIn(String(data.text));
  return problemOf(new RefusedError(data.status, code, detail))?.message ?? detail;
}

function problemIn(text: string): { code?: string; detail?: string } {
  try {
    return JSON.parse(text);
  } catch {
    // It is not the API that has answered.
    return {};
  }
}
