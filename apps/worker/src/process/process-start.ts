import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import type { Writable } from 'node:stream';
import { codeOf, messageOf } from '../system-error.js';
import { PipeSupply } from './output-pipe.js';
import { openStdinFile } from './stdin-file.js';
import { workingFolderProblem } from './working-folder.js';

const outputPipes = new PipeSupply();

export interface ProgramCall {
  /** Absolute. */
  program: string;
  args: readonly string[];
  /** Absolute. */
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** What the process reads; without it, its standard input is empty. */
  stdin?: Buffer;
  /** What the user can do when the program cannot be run: the end of a sentence. */
  programFix: string;
}

/** How a process ended: one of the two is null. */
export interface Exit {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

/** A process that leads a group and a session of its own. */
export interface StartedProcess {
  pid: number;
  exited: Promise<Exit>;
  /** To be listened to before anything else is awaited: Node drops what nobody listens to when the process ends. */
  stdout: Socket;
  stderr: Socket;
}

/** A started process, and its input where that is a pipe. */
export interface Leader extends StartedProcess {
  stdin: Writable | null;
  hasEnded(): boolean;
}

/** Starts a process. What speaks against it comes back as a `problem`, a sentence for the user that names the fix. */
export async function startProcess(call: ProgramCall): Promise<StartedProcess | { problem: string }> {
  let stdin: number | undefined;
  try {
    if (call.stdin?.length) stdin = await openStdinFile(call.stdin);
  } catch (error) {
    const folder = JSON.stringify(tmpdir());
    return { problem: `standard input finds no place in ${folder}: make room, or set TMPDIR (${causeOf(error)})` };
  }
  try {
    return await spawnLeader(call, stdin ?? 'ignore');
  } catch (error) {
    // For a missing folder the system gives the same error as for a missing program.
    return { problem: (await workingFolderProblem(call.cwd)) ?? startProblem(call, causeOf(error)) };
  } finally {
    if (stdin !== undefined) closeSync(stdin);
  }
}

/** @param stdin an open file, or what it is to be. Rejects with the system's error. */
export async function spawnLeader(
  call: Pick<ProgramCall, 'program' | 'args' | 'cwd' | 'env'>,
  stdin: number | 'ignore' | 'pipe',
): Promise<Leader> {
  const pipes = await outputPipes.take(2);
  const [stdout, stderr] = pipes;
  try {
    const child = spawn(call.program, call.args, {
      cwd: call.cwd,
      env: call.env,
      detached: true,
      stdio: [stdin, stdout?.writeEnd ?? 'pipe', stderr?.writeEnd ?? 'pipe'],
    });
    if (child.pid === undefined) throw (await once(child, 'error'))[0];
    return {
      pid: child.pid,
      exited: new Promise((resolve) => {
        child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
      }),
      stdin: child.stdin,
      hasEnded: () => child.exitCode !== null || child.signalCode !== null,
      stdout: stdout?.reader ?? (child.stdout as Socket),
      stderr: stderr?.reader ?? (child.stderr as Socket),
    };
  } catch (error) {
    for (const { reader } of pipes) reader.destroy();
    throw error;
  } finally {
    // A writing end that stayed open here would keep the output from ever ending.
    for (const { writeEnd } of pipes) closeSync(writeEnd);
  }
}

function causeOf(error: unknown): string {
  return codeOf(error) || messageOf(error);
}

function startProblem({ program, programFix }: ProgramCall, cause: string): string {
  const name = JSON.stringify(program);
  switch (cause) {
    case 'ENOENT':
      return `${name}, or the interpreter that it names, does not exist: ${programFix}`;
    case 'EACCES':
      return `${name} may not be run by the worker's user: ${programFix}`;
    case 'E2BIG':
      return 'the command and its environment are larger than the system takes: pass what is large over standard input';
    case 'EAGAIN':
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOMEM':
      return `the system has no room for another process: end some, or raise its limits (${cause})`;
    default:
      return `${name} could not be started (${cause}): ${programFix}`;
  }
}
