import type * as Sdk from '@modelcontextprotocol/server';
import type { Type } from '@nestjs/common';
import type { Logger } from '#logging';
import { VERSION } from '#version';
import type { Call } from '../http/call.js';
import { knownError } from '../http/known-error.js';
import { ApiError } from '../http/problem.js';
import { validated } from '../http/validation.js';
import type { JsonSchemas } from './json-schemas.js';
import { ARTIFACT_TEMPLATE, SESSIONS_URI, TASK_TEMPLATE } from './resource-uris.js';
import type { Resources } from './resources.js';
import type { Tool, ToolContext } from './tool.js';
import type { Toolbox } from './toolbox.js';

const INSTRUCTIONS = `These tools act on the user's own machines: each machine runs a worker that does what is asked of it.
A tool that takes longer than its wait answers a taskId and how to go on; the work goes on meanwhile, and task_status waits
for it. Long output comes with its middle left out; task_output reads the rest exactly. Where there are several machines,
list_workers names them, and worker picks one. Prefer read_file, write_file and edit_file to shell commands for files; ask
Claude (ask_claude) for work that takes judgement on that machine, and go on with its sessionId.`;

interface Parts {
  call: Call;
  /** Aborted when the client cancels the call. */
  cancelled: AbortSignal;
  toolbox: Toolbox;
  resources: Resources;
  schemas: JsonSchemas;
  logger: Logger;
}

/** The server object of one call: with the tools that its token may use. */
export function buildServer(sdk: typeof Sdk, parts: Parts): Sdk.McpServer {
  const { call, cancelled, toolbox, schemas } = parts;
  const server = new sdk.McpServer(
    { name: 'openclaw-worker', title: 'OpenClaw Worker', version: VERSION },
    {
      // Neither list changes while a token is what it is.
      capabilities: { tools: { listChanged: false }, resources: { listChanged: false } },
      instructions: INSTRUCTIONS,
      jsonSchemaValidator: NO_VALIDATOR,
    },
  );
  const heard = { ...call, gone: AbortSignal.any([call.gone, cancelled]) };
  for (const tool of toolbox.of(call.actor)) {
    const { name, title, description, hints, input, output } = tool;
    const inputSchema = inputOf(input, schemas);
    const described = { title, description, annotations: hints, inputSchema, outputSchema: outputOf(output, schemas) };
    server.registerTool(name, described, (given, { mcpReq }) =>
      use(tool, given, { call: heard, cancelled, report: reportsOf(mcpReq) }, parts),
    );
  }
  registerResources(sdk, server, heard, parts);
  return server;
}

/** Arguments are held to their DTO, as the body of a call is. */
function inputOf(type: Type, schemas: JsonSchemas): Sdk.StandardSchemaWithJSON<unknown, object> {
  const validate = (value: unknown) => {
    try {
      return { value: validated<object>(type, value, { unknownFields: 'refuse' }) };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { issues: (error.errors ?? []).map(({ message }) => ({ message })) };
    }
  };
  return standard(() => schemas.ofInput(type), validate);
}

/** What the tools answer is typed here, and read against these schemas by every client. */
const outputOf = (type: Type, schemas: JsonSchemas) => standard(() => schemas.ofOutput(type), asItIs);

const asItIs = (value: unknown) => ({ value: value as object });

function standard(
  schema: () => Record<string, unknown>,
  validate: (value: unknown) => Sdk.StandardSchemaV1.Result<object>,
): Sdk.StandardSchemaWithJSON<unknown, object> {
  return {
    '~standard': { version: 1, vendor: 'openclaw-worker', validate, jsonSchema: { input: schema, output: schema } },
  };
}

async function use(
  tool: Tool,
  given: object,
  context: ToolContext,
  { logger, call }: Parts,
): Promise<Sdk.CallToolResult> {
  try {
    const { texts, structured, failed = false } = await tool.run(given, context);
    return { content: texts.map(asText), structuredContent: { ...structured }, isError: failed };
  } catch (thrown) {
    const { requestId } = call.actor;
    const error = knownError(thrown) ?? new ApiError('internal_error', `the server failed; request ${requestId}`);
    if (error.status >= 500) {
      const err = error.code === 'internal_error' ? thrown : undefined;
      logger.error({ err, requestId, tool: tool.name }, `tool failed: ${error.message}`);
    }
    return { content: [asText(`${error.code}: ${error.message}`)], isError: true };
  }
}

const asText = (text: string) => ({ type: 'text' as const, text });

/** Progress, for a client that has asked for it: `progress` is how long it has taken, in milliseconds. */
function reportsOf({ _meta, notify }: Sdk.ServerContext['mcpReq']): ToolContext['report'] {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return null;
  const begun = performance.now();
  return (message) => {
    const progress = Math.round(performance.now() - begun);
    return notify({ method: 'notifications/progress', params: { progressToken, progress, message } });
  };
}

function registerResources(sdk: typeof Sdk, server: Sdk.McpServer, call: Call, { resources }: Parts): void {
  const one = (variable: string | string[] | undefined) => decodeURIComponent(String(variable));
  server.registerResource(
    'conversations',
    SESSIONS_URI,
    { title: 'Conversations with Claude', mimeType: 'application/json' },
    async ({ href }) => ({ contents: [await resources.sessions(href)] }),
  );
  server.registerResource(
    'task',
    new sdk.ResourceTemplate(TASK_TEMPLATE, { list: async () => ({ resources: await resources.recentTasks() }) }),
    { title: 'A task', description: 'How a task stands, as task_status answers it', mimeType: 'application/json' },
    async ({ href }, { taskId }) => ({ contents: [await resources.task(href, one(taskId), call)] }),
  );
  server.registerResource(
    'artifact',
    new sdk.ResourceTemplate(ARTIFACT_TEMPLATE, {
      list: async () => ({ resources: await resources.recentArtifacts() }),
    }),
    { title: 'A file that a task has left' },
    async ({ href }, { taskId, name }) => ({ contents: [await resources.artifact(href, one(taskId), one(name))] }),
  );
}

/** It would only be asked about answers of a user, and nobody is asked here. The usual one is made anew for each server. */
const NO_VALIDATOR: Sdk.jsonSchemaValidator = {
  getValidator: () => {
    throw new Error('nothing here is validated by a JSON Schema');
  },
};
