import type { HandedTaskOf, PerStream, ReportedStatus, TaskType, TextEncoding } from '#contracts';
import type { LiveOutput } from '../process/live-output.js';
import type { ProcessOwner } from '../process/process-owner.js';
import type { ReadyShells } from '../process/ready-shells.js';

/** Why an attempt must end before it is done; an executor finds it as the `reason` of its abort signal. */
export class EndEarly extends Error {
  constructor(
    readonly status: 'timed_out' | 'cancelled',
    message: string,
  ) {
    super(message);
    this.name = 'EndEarly';
  }
}

/** What one attempt came to. Times and sizes as on the wire: milliseconds, bytes. */
export interface Outcome {
  status: ReportedStatus;
  stdout: string;
  stderr: string;
  stdoutEncoding?: TextEncoding;
  exitCode: number | null;
  signal: string | null;
  error: string | null;
  metadata: Record<string, unknown>;
  truncated: PerStream<boolean>;
  outputBytes: PerStream<number>;
  /** Where the process ran: relative paths of files that it was to leave begin there. */
  folder?: string;
}

export interface ExecutionContext {
  /** Who the processes of the attempt are started for. */
  owner: ProcessOwner;
  /** Aborted with an `EndEarly` when the time is up or the attempt is cancelled. */
  signal: AbortSignal;
  /** How much of each output stream is kept, in bytes. */
  maxOutputBytes: number;
  /** Told of what the task's process prints, while it runs. */
  live?: LiveOutput;
  shell: {
    /** The program that runs `command` tasks. */
    path: string;
    /** The variables that every task's process starts from: none of the worker's own settings, the login shell's PATH. */
    env: Readonly<Record<string, string>>;
    /** Shells that wait with these variables. */
    ready?: ReadyShells;
  };
}

/** Does one kind of task. It never throws for what a task may meet: that is an outcome with an `error`. */
export interface Executor<T extends TaskType = TaskType> {
  readonly type: T;
  execute(task: HandedTaskOf<T>, context: ExecutionContext): Promise<Outcome>;
}

/** The outcome of a task that runs no process. */
export function fileOutcome(
  result: { stdout?: string; stdoutEncoding?: TextEncoding; metadata?: Record<string, unknown> } | { error: string },
): Outcome {
  const failed = 'error' in result;
  const stdout = failed ? '' : (result.stdout ?? '');
  return {
    status: failed ? 'failed' : 'completed',
    stdout,
    stderr: '',
    stdoutEncoding: failed ? undefined : result.stdoutEncoding,
    exitCode: failed ? 1 : 0,
    signal: null,
    error: failed ? result.error : null,
    metadata: failed ? {} : (result.metadata ?? {}),
    truncated: { stdout: false, stderr: false },
    outputBytes: { stdout: Buffer.byteLength(stdout), stderr: 0 },
  };
}
