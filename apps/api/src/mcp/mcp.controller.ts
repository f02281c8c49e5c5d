import { Body, Controller, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiBody,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { v4 as uuidv4 } from 'uuid';
import {
  AskClaudeDto,
  CancelTaskDto,
  EditFileDto,
  ListDirectoryDto,
  ListTasksDto,
  ListWorkersDto,
  OutputPieceDto,
  ReadFileDto,
  RunCommandDto,
  ScheduleTaskDto,
  TaskListDto,
  TaskOutcomeDto,
  TaskOutputDto,
  TaskStatusDto,
  WriteFileDto,
} from '#contracts/dto';
import { type Call, CurrentCall } from '../http/call.js';
import { ApiError, BodyError } from '../http/problem.js';
import { sendWebResponse, toWebRequest } from '../http/web-exchange.js';
import { Shutdown } from '../shutdown.js';
import { BodyErrors } from './body-errors.filter.js';
import { CallsInFlight } from './calls-in-flight.js';
import { McpEndpoint } from './mcp-endpoint.js';
import { Toolbox } from './toolbox.js';

/** A message of JSON-RPC, as far as it matters here. */
interface Message {
  id?: unknown;
  method?: unknown;
  params?: { name?: unknown; requestId?: unknown };
}

const SESSION = 'mcp-session-id';
const JSON_RPC = { type: 'object', additionalProperties: true } as const;

@ApiTags('MCP')
@ApiBearerAuth()
@ApiExtraModels(
  ...[RunCommandDto, ReadFileDto, WriteFileDto, EditFileDto, ListDirectoryDto, AskClaudeDto, TaskOutcomeDto],
  ...[TaskStatusDto, TaskOutputDto, OutputPieceDto, CancelTaskDto, ListTasksDto, TaskListDto],
  ...[ListWorkersDto, ScheduleTaskDto],
)
@Controller('mcp')
@UseFilters(BodyErrors)
export class McpController {
  constructor(
    private readonly endpoint: McpEndpoint,
    private readonly toolbox: Toolbox,
    private readonly inFlight: CallsInFlight,
    private readonly shutdown: Shutdown,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Speak the Model Context Protocol: streamable HTTP, without sessions',
    description: 'Which tools there are depends on the role of the token. Use a library for MCP.',
  })
  @ApiBody({ schema: { ...JSON_RPC, description: 'one message of JSON-RPC 2.0' } })
  @ApiOkResponse({
    content: { 'application/json': { schema: JSON_RPC }, 'text/event-stream': { schema: { type: 'string' } } },
  })
  @ApiAcceptedResponse({ description: 'a notification was taken' })
  async serve(
    @Body() body: unknown,
    @CurrentCall() call: Call,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const message = oneMessage(body);
    if (message.method === 'tools/call') this.toolbox.guard(message.params?.name, call.actor);
    const session = sessionOf(request);
    const { requestId } = message.params ?? {};
    // Without a name, it might be the call of another client with the same token.
    if (message.method === 'notifications/cancelled' && isId(requestId) && session !== '') {
      this.inFlight.cancel(call.actor, session, requestId);
    }
    // A name to tell the calls of one client from those of another by; nothing is kept under it.
    if (message.method === 'initialize') response.setHeader(SESSION, uuidv4());
    const { cancelled, leave } = this.inFlight.enter(call.actor, session, isId(message.id) ? message.id : '');
    try {
      const closed = closing(response);
      const signals = message.method === 'subscriptions/listen' ? [call.gone, this.shutdown.signal] : [];
      const exchange = { call, closed, cancelled };
      const answer = await this.endpoint.answer(
        toWebRequest(request, AbortSignal.any([closed, ...signals])),
        body,
        exchange,
      );
      // Its token has ended: it is handed nothing.
      if (call.gone.reason instanceof ApiError && answer.headers.get('content-type') !== 'text/event-stream') {
        throw call.gone.reason;
      }
      await sendWebResponse(response, answer);
    } finally {
      leave();
    }
  }
}

function oneMessage(body: unknown): Message {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw new BodyError('bad_request', 'send one JSON-RPC message: an object');
}

const isId = (id: unknown): id is string | number => typeof id === 'string' || typeof id === 'number';

const sessionOf = (request: Request) => request.get(SESSION) ?? '';

/** Aborted when the connection has ended before the answer. */
function closing(response: Response): AbortSignal {
  const closed = new AbortController();
  if (response.destroyed) closed.abort();
  response.once('close', () => {
    if (!response.writableFinished) closed.abort();
  });
  return closed.signal;
}
