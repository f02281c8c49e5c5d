import type * as Sdk from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from '#logging';
import type { Call } from '../http/call.js';
import { LOGGER } from '../injection-tokens.js';
import { JsonSchemas } from './json-schemas.js';
import { buildServer } from './mcp-server.js';
import { Resources } from './resources.js';
import { Toolbox } from './toolbox.js';

/** One call of the protocol, and who hears of its answer. */
export interface Exchange {
  call: Call;
  /** Aborted when its connection has ended before its answer. */
  closed: AbortSignal;
  /** Aborted when a message of its own has cancelled it, as clients do it whose protocol is older than 2026-07-28. */
  cancelled: AbortSignal;
}

type Handler = Sdk.McpHttpHandler['fetch'];

/** Answers the Model Context Protocol: each request by a server object of its own, nothing kept between two. */
@Injectable()
export class McpEndpoint {
  private handler: Promise<Handler> | undefined;

  constructor(
    private readonly toolbox: Toolbox,
    private readonly resources: Resources,
    private readonly schemas: JsonSchemas,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async answer(request: Request, message: unknown, exchange: Exchange): Promise<Response> {
    this.handler ??= this.load();
    const { actor } = exchange.call;
    const authInfo = { token: '', clientId: actor.id, scopes: [actor.role], extra: { ...exchange } };
    return (await this.handler)(request, { authInfo, parsedBody: message });
  }

  /** Only when it is first asked for: most servers never are, and start sooner and stay smaller without. */
  private async load(): Promise<Handler> {
    const sdk = await import('@modelcontextprotocol/server');
    const { toolbox, resources, schemas, logger } = this;
    const { fetch } = sdk.createMcpHandler(
      ({ authInfo: { extra } = {} as Sdk.AuthInfo, era }) => {
        const { call, closed, cancelled } = extra as unknown as Exchange;
        // Until 2026-07-28, a connection that breaks was no wish of the client; since then, it is how a client cancels.
        const parts = { call, cancelled: era === 'modern' ? closed : cancelled };
        return buildServer(sdk, { ...parts, toolbox, resources, schemas, logger });
      },
      { onerror: (err) => logger.debug({ err }, 'a call of MCP was refused') },
    );
    // A page of another site could otherwise use what a browser on this machine can reach.
    return async (request, options) =>
      sdk.originValidationResponse(request, sdk.localhostAllowedOrigins()) ?? fetch(request, options);
  }
}
