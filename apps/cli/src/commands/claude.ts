import type { TaskRecord } from '#contracts';
import { parseDuration } from '../durations.js';
import { exitCodeOf } from '../exit-codes.js';
import { type CommonOptions, openSession, patientClient, printJson } from '../session.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

export interface ClaudeOptions extends CommonOptions {
  worker?: string;
  cwd?: string;
  model?: string;
  continue?: boolean;
  session?: string;
  timeout?: string;
}

/** Milliseconds. */
const TIMEOUT_MS = 1_800_000;

/** Asks Claude Code on a worker's machine and prints the answer; the conversation can be continued. */
export async function claude(terminal: Terminal, prompt: string, options: ClaudeOptions): Promise<number> {
  const session = openSession(terminal, options);
  const timeout = options.timeout === undefined ? TIMEOUT_MS : parseDuration(options.timeout);
  if (timeout === null) throw new UsageError(`--timeout ${options.timeout} is no duration such as 90s or 5m`);
  const sessionId = options.session ?? (options.continue ? await newest(session) : undefined);
  const { worker, cwd, model } = options;
  const submitted = await session.client.tasks.submit({
    type: 'claude-cli',
    prompt,
    timeout,
    sessionId,
    worker,
    cwd,
    model,
  });
  const record = await patientClient(session).tasks.wait(submitted.taskId);
  if (session.json) printJson(terminal, record);
  else answer(terminal, record, submitted.sessionId);
  return exitCodeOf(record);
}

async function newest({ client }: ReturnType<typeof openSession>): Promise<string> {
  const [conversation] = await client.claudeSessions();
  if (!conversation) throw new UsageError('there is no conversation to continue yet');
  return conversation.sessionId;
}

function answer({ stdout, stderr }: Terminal, { status, error, stdout: text }: TaskRecord, sessionId?: string): void {
  if (text !== '') stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  if (status !== 'completed') stderr.write(`ocw: ${status}: ${error ?? 'no reason given'}\n`);
  if (sessionId) stderr.write(`ocw: go on with ocw claude --session ${sessionId} "…"\n`);
}
