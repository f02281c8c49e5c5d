import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { TaskRecord } from '#contracts';
import { durationOption } from '../durations.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import { Interrupted, interruptible } from '../interrupts.js';
import { problemOf } from '../problem.js';
import { type CommonOptions, openSession, printJson, type Session } from '../session.js';
import { say, type Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { runStep } from '../waiting.js';

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

/**
 * Asks Claude Code on a worker's machine and prints the answer. Without a prompt, on a terminal, asks for one after the
 * other in the same conversation; elsewhere the prompt is what standard input holds.
 */
export async function claude(terminal: Terminal, prompt: string | undefined, options: ClaudeOptions): Promise<number> {
  const session = openSession(terminal, options);
  const conversation = new Conversation(session, options, await beginning(session, options));
  if (prompt === undefined && terminal.stdin.isTTY) return converse(terminal, conversation);
  const asked = prompt ?? (await text(terminal.stdin)).trim();
  if (asked === '') throw new UsageError('ask something: ocw claude "what does this repository do?"');
  const record = await interruptible((signal) => conversation.ask(asked, signal));
  if (session.json) printJson(terminal, record);
  else {
    printAnswer(terminal, record);
    if (record.status === 'completed') conversation.sayHowToGoOn();
  }
  return exitCodeOf(record);
}

/** The id of the conversation to go on with; undefined begins a new one. */
async function beginning({ client }: Session, options: ClaudeOptions): Promise<string | undefined> {
  if (options.session !== undefined || !options.continue) return options.session;
  const [newest] = await client.claudeSessions();
  if (!newest) throw new UsageError('there is no conversation to continue yet: ask without --continue');
  return newest.sessionId;
}

class Conversation {
  private readonly timeout: number;

  constructor(
    private readonly session: Session,
    private readonly options: ClaudeOptions,
    private sessionId: string | undefined,
  ) {
    this.timeout = durationOption('--timeout', options.timeout) ?? TIMEOUT_MS;
  }

  async ask(prompt: string, signal: AbortSignal): Promise<TaskRecord> {
    const { timeout, sessionId } = this;
    const { worker, cwd, model } = this.options;
    const step = { type: 'claude-cli', prompt, timeout, sessionId, worker, cwd, model } as const;
    const record = await runStep(this.session, step, { doing: 'claude is at it', signal });
    this.sessionId = (record as TaskRecord & { sessionId?: string }).sessionId ?? sessionId;
    return record;
  }

  sayHowToGoOn(): void {
    if (this.sessionId !== undefined)
      say(this.session.terminal, `to go on: ocw claude --session ${this.sessionId} "…"`);
  }
}

/** Asks for prompts until Ctrl-D. Ctrl-C gives up the answer that is awaited, or the line that is typed. */
async function converse(terminal: Terminal, conversation: Conversation): Promise<number> {
  say(terminal, 'each line goes to the same conversation; Ctrl-C gives up an answer, Ctrl-D ends');
  const lines = createInterface({ input: terminal.stdin, output: terminal.stderr, prompt: '> ' });
  let answering: AbortController | null = null;
  // The terminal is in raw mode: Ctrl-C is a key here, and no signal.
  lines.on('SIGINT', () => {
    if (answering) answering.abort(new Interrupted());
    else lines.write(null, { ctrl: true, name: 'u' });
  });
  lines.prompt();
  for await (const line of lines) {
    if (line.trim() !== '') {
      answering = new AbortController();
      await answer(terminal, conversation, line, answering.signal);
      answering = null;
    }
    lines.prompt();
  }
  terminal.stderr.write('\n');
  conversation.sayHowToGoOn();
  return EXIT.ok;
}

/** What goes wrong with one prompt is no end of the conversation. */
async function answer(
  terminal: Terminal,
  conversation: Conversation,
  prompt: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    printAnswer(terminal, await conversation.ask(prompt, signal));
  } catch (error) {
    if (signal.aborted) return say(terminal, 'given up');
    const problem = problemOf(error);
    if (problem === null) throw error;
    say(terminal, problem.message);
  }
}

function printAnswer(terminal: Terminal, { status, error, stderr, stdout: text }: TaskRecord): void {
  if (text !== '') terminal.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  if (status !== 'completed') say(terminal, `${status}: ${error ?? (stderr.trim() || 'no reason given')}`);
}
