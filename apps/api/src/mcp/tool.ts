import type { Type } from '@nestjs/common';
import type { ACCESS } from '../auth/access-table.js';
import type { Call } from '../http/call.js';

/** What a client may tell a person of a tool before it is used: hints of the protocol. */
interface ToolHints {
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: boolean;
}

/** One thing that an agent can do here. */
export interface Tool<Arguments extends object = object> {
  name: string;
  title: string;
  /** For the agent: when to use it, and what to know. */
  description: string;
  /** The route that does the same: who may call that, may use the tool. */
  route: keyof typeof ACCESS;
  hints: ToolHints;
  input: Type<Arguments>;
  output: Type<object>;
  run(given: Arguments, context: ToolContext): Promise<ToolAnswer>;
}

export interface ToolContext {
  /** Who asks; gone also when the call is cancelled. */
  call: Call;
  /** Aborted when the agent wants no answer any more, and none of what it has begun for it. */
  cancelled: AbortSignal;
  /** Tells the agent how it goes; null when it did not ask for that. */
  report: ((message: string) => Promise<void>) | null;
}

export interface ToolAnswer {
  /** For the agent to read. */
  texts: string[];
  /** The same for a program: an instance of `output`. */
  structured: object;
  /** What was asked for was done, and has not gone well. */
  failed?: boolean;
}

/** Tools of different arguments in one list: what a tool is given was held to its own `input`. */
export const tool = <Arguments extends object>(definition: Tool<Arguments>): Tool => definition as unknown as Tool;
