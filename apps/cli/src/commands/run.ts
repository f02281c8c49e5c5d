import { buffer } from 'node:stream/consumers';
import type { Submission } from '#client';
import type { OutputChunk, TaskRecord } from '#contracts';
import { durationOption } from '../durations.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import { type CommonOptions, openSession, patientClient, printJson, type Session } from '../session.js';
import { shellLine } from '../shell-line.js';
import { say, type Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { tellWaiting } from '../waiting.js';

export interface RunOptions extends CommonOptions {
  worker?: string;
  tag?: string[];
  cwd?: string;
  env?: string[];
  timeout?: string;
  webhook?: string;
  detach?: boolean;
  stdin?: boolean;
}

/** Milliseconds; longer than what the server gives a command by itself, since somebody watches. */
const TIMEOUT_MS = 3_600_000;
const INPUT_PATIENCE_MS = 2000;

/** Runs a command elsewhere as if it were here: its output, its end and Ctrl-C. Answers the exit code. */
export async function run(terminal: Terminal, words: readonly string[], options: RunOptions): Promise<number> {
  const session = openSession(terminal, options);
  const submission = await submissionOf(terminal, words, options);
  const { taskId } = await session.client.tasks.submit(submission);
  if (options.detach) {
    if (session.json) printJson(terminal, { taskId });
    else terminal.stdout.write(`${taskId}\n`);
    return EXIT.ok;
  }
  return follow(session, taskId);
}

/** Prints what a task prints until it has ended; Ctrl-C asks for its end, a second one leaves it alone. */
export async function follow(session: Session, taskId: string, { cancels = true } = {}): Promise<number> {
  const { terminal, json } = session;
  const detach = new AbortController();
  let asked = false;
  const interrupted = () => {
    if (asked || !cancels) {
      say(terminal, cancels ? `detached; it goes on: ocw logs -f ${taskId}` : 'no longer following');
      detach.abort();
      return;
    }
    asked = true;
    say(terminal, 'asked it to stop; Ctrl-C again leaves it alone');
    // It may have ended by itself: its record tells either way.
    session.client.tasks.cancel(taskId).catch((error: Error) => say(terminal, error.message));
  };
  // Nobody reads it any more, as after `| head`: going on there would be for nothing.
  const unread = () => void cancelUnread(session, taskId);
  const outputs = cancels ? [terminal.stdout, terminal.stderr] : [];
  process.on('SIGINT', interrupted);
  for (const output of outputs) output.once('error', unread);
  try {
    const record = await printed(session, taskId, detach.signal);
    if (json) printJson(terminal, record);
    else explain(record, terminal);
    return exitCodeOf(record);
  } catch (error) {
    if (!detach.signal.aborted) throw error;
    return EXIT.cancelled;
  } finally {
    process.off('SIGINT', interrupted);
    for (const output of outputs) output.off('error', unread);
  }
}

async function cancelUnread({ client }: Session, taskId: string): Promise<never> {
  // It may have ended by itself.
  await client.tasks.cancel(taskId).catch(() => undefined);
  process.exit(EXIT.ok);
}

async function printed(session: Session, taskId: string, signal: AbortSignal): Promise<TaskRecord> {
  const { terminal, json } = session;
  const { tasks } = patientClient(session);
  const waiting = tellWaiting(session, taskId);
  try {
    if (json) return await tasks.wait(taskId, { signal });
    for await (const chunk of tasks.output(taskId, { signal })) {
      waiting.stop();
      await writeChunk(terminal, chunk);
    }
    return await tasks.wait(taskId, { signal });
  } finally {
    waiting.stop();
  }
}

/** Waits for a slow reader: what it has not taken stays on the server. */
export async function writeChunk(terminal: Terminal, { stream, data, encoding }: OutputChunk): Promise<void> {
  const target = terminal[stream];
  const room = target.write(encoding === 'base64' ? Buffer.from(data, 'base64') : data);
  if (!room) await new Promise((resolve) => target.once('drain', resolve));
}

/** Why there was no exit code, where that is so: the output alone does not tell. */
function explain({ status, error, signal, worker }: TaskRecord, terminal: Terminal): void {
  const where = worker === null ? '' : ` on ${worker}`;
  if (status === 'failed' && signal !== null) say(terminal, `ended by ${signal}${where}`);
  else if (status !== 'completed' && error) say(terminal, `${status}${where}: ${error}`);
}

async function submissionOf(terminal: Terminal, words: readonly string[], options: RunOptions): Promise<Submission> {
  if (words.length === 0) throw new UsageError('say what to run, as in `ocw run -- uname -a`');
  const timeout = durationOption('--timeout', options.timeout) ?? TIMEOUT_MS;
  const stdin = options.stdin !== false && !terminal.stdin.isTTY ? await wholeInput(terminal) : null;
  return {
    command: shellLine(words),
    timeout,
    ...(options.worker === undefined ? {} : { worker: options.worker }),
    ...(options.tag ? { tags: options.tag } : {}),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.webhook === undefined ? {} : { webhook: options.webhook }),
    ...(options.env ? { env: variables(options.env) } : {}),
    ...(stdin && stdin.length > 0 ? { stdin: stdin.toString('base64'), stdinEncoding: 'base64' } : {}),
  };
}

/** A command is submitted with all of its input: whoever forgot that a pipe is open wonders why nothing happens. */
async function wholeInput(terminal: Terminal): Promise<Buffer> {
  const timer = setTimeout(
    () => say(terminal, 'reads standard input to its end first; --no-stdin does without it'),
    INPUT_PATIENCE_MS,
  );
  return buffer(terminal.stdin).finally(() => clearTimeout(timer));
}

function variables(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`--env ${pair} is not NAME=VALUE`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
