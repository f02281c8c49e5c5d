import { setTimeout as delay } from 'node:timers/promises';
import type { PerStream, StreamName } from '#contracts';
import { EndEarly, type Outcome } from '../executors/executor.js';
import { messageOf } from '../system-error.js';
import { BoundedOutput } from './bounded-output.js';
import type { AttemptCgroup } from './cgroups.js';
import type { LiveOutput } from './live-output.js';
import { OutputReader } from './output-reader.js';
import type { ProcessOwner } from './process-owner.js';
import { type Exit, type ProgramCall, type StartedProcess, startProcess } from './process-start.js';
import { ATTEMPT_VARIABLE, startOf } from './process-table.js';
import { ProcessTree, type Termination } from './process-tree.js';
import { QuietPeriod } from './quiet-period.js';
import type { ReadyShells } from './ready-shells.js';

/** How long a process may take to end after SIGTERM. */
const GRACE_MS = 5000;
/** How long a killed process is waited for: one that runs as another user cannot be killed. */
const EXIT_MS = 1000;
/** When another process still holds the outputs: how long they have to be silent, and when reading ends regardless. */
const DRAIN_QUIET_MS = 100;
const DRAIN_LIMIT_MS = 1000;

export interface ProcessRequest extends ProgramCall {
  /** Without it, what leaves the process's group and session is not found again. */
  owner?: ProcessOwner;
  /** Ends the process as `timed_out` when it prints nothing for so many milliseconds. */
  idleTimeout?: number;
  /** How much of each output is kept, in bytes. */
  maxOutputBytes: number;
  /** Told of the output while the process runs. */
  live?: LiveOutput;
  /** Shells started with the same `env`, one of which may become the process. */
  readyShells?: ReadyShells;
  /** Aborted with an `EndEarly` to end the process and all that it has started. */
  signal: AbortSignal;
}

/** What the executors that run processes share. */
export interface ProcessOptions {
  /** The folder that `~` means and that tasks run in by default. */
  home?: string;
  /** Milliseconds between SIGTERM and SIGKILL. */
  graceMs?: number;
}

/**
 * Runs one process to its end, and never throws: what keeps it from starting is a `failed` outcome. What it leaves
 * running in the background neither keeps the attempt open nor is ended, unless the attempt has to end early.
 */
export async function runProcess(request: ProcessRequest, graceMs = GRACE_MS): Promise<Outcome> {
  const kept = { stdout: new BoundedOutput(request.maxOutputBytes), stderr: new BoundedOutput(request.maxOutputBytes) };
  if (request.signal.aborted) return outcomeOf(kept, null, endEarlyOf(request.signal));

  const started = await startOwned(request);
  if ('problem' in started) return { ...outcomeOf(kept, null, null), error: started.problem };
  const running = new RunningProcess(started, kept, request.live);
  const end = await running.exitOrEndEarly(request);
  if (!(end instanceof EndEarly)) {
    await running.drain();
    return outcomeOf(kept, end, null);
  }
  const { exit, termination } = await running.end(graceMs);
  await running.drain();
  const outcome = { ...outcomeOf(kept, exit, end), metadata: { termination } };
  const survived = termination.survived.map(({ pid, name }) => `${pid} (${name})`);
  if (survived.length === 0) return outcome;
  return { ...outcome, error: `${end.message}; could not be ended, and still runs: ${survived.join(', ')}` };
}

/** The process, marked and noted as its owner's before it can start others. */
async function startOwned(request: ProcessRequest): Promise<OwnedProcess | { problem: string }> {
  const { owner } = request;
  if (!owner) return owned(await startProcess(request), null, null);
  const { mark } = owner;
  let cgroup: AttemptCgroup | null;
  try {
    cgroup = owner.starting();
  } catch (error) {
    return { problem: `nothing was run: ${messageOf(error)}` };
  }
  const added = { [ATTEMPT_VARIABLE]: mark };
  const ready = await request.readyShells?.start({ ...request, added, door: cgroup?.door });
  if (ready) return owned(ready, owner, cgroup);
  const marked = { ...request, env: { ...request.env, ...added } };
  const call = cgroup ? { ...marked, ...cgroup.entered(request.program, request.args) } : marked;
  return owned(await startProcess(call), owner, cgroup);
}

function owned(
  started: StartedProcess | { problem: string },
  owner: ProcessOwner | null,
  cgroup: AttemptCgroup | null,
): OwnedProcess | { problem: string } {
  if ('problem' in started) {
    cgroup?.remove();
    return started;
  }
  const { pid } = started;
  const startedAt = startOf(pid);
  owner?.started(pid, startedAt);
  return { ...started, tree: new ProcessTree({ pid, startedAt }, owner?.mark ?? null, cgroup) };
}

interface OwnedProcess extends StartedProcess {
  tree: ProcessTree;
}

type KeptOutputs = PerStream<BoundedOutput>;

class RunningProcess {
  private readonly outputs: OutputReader[];
  private quiet: QuietPeriod | undefined;

  constructor(
    private readonly process: OwnedProcess,
    kept: KeptOutputs,
    private readonly live?: LiveOutput,
  ) {
    live?.follow(kept, { close: () => this.pauseReading(), open: () => this.resumeReading() });
    this.outputs = [this.read('stdout', kept), this.read('stderr', kept)];
  }

  private read(name: StreamName, kept: KeptOutputs): OutputReader {
    return new OutputReader(this.process[name], (chunk) => {
      this.live?.note(name, chunk);
      kept[name].push(chunk);
      this.quiet?.note();
    });
  }

  private pauseReading(): void {
    for (const output of this.outputs) output.pause();
    this.quiet?.hold();
  }

  private resumeReading(): void {
    for (const output of this.outputs) output.resume();
    this.quiet?.letGo();
  }

  /** How the process ended by itself, or why it has to be ended. */
  async exitOrEndEarly({ signal, idleTimeout }: ProcessRequest): Promise<Exit | EndEarly> {
    let onAbort = (): void => undefined;
    const early = new Promise<EndEarly>((resolve) => {
      onAbort = () => resolve(endEarlyOf(signal));
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      if (idleTimeout !== undefined)
        this.quiet = new QuietPeriod(idleTimeout, () =>
          resolve(new EndEarly('timed_out', `no output for ${idleTimeout} ms`)),
        );
    });
    const end = await Promise.race([this.process.exited, early]);
    this.live?.leaveOpen();
    if (!(end instanceof EndEarly)) this.process.tree.letGo();
    signal.removeEventListener('abort', onAbort);
    this.quiet?.stop();
    this.quiet = undefined;
    return end;
  }

  /** Ends the process and all that it has started; `exit` is how it ended itself, or null when it does not. */
  async end(graceMs: number): Promise<{ exit: Exit | null; termination: Termination }> {
    const termination = await this.process.tree.end(graceMs);
    const exit = await Promise.race([this.process.exited, delay(EXIT_MS, null, { ref: false })]);
    return { exit, termination };
  }

  /** Reads what the outputs still hold, and lets go of those that another process keeps open. */
  async drain(): Promise<void> {
    let limit: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      this.quiet = new QuietPeriod(DRAIN_QUIET_MS, resolve);
      limit = setTimeout(resolve, DRAIN_LIMIT_MS);
    });
    await Promise.race([Promise.all(this.outputs.map((output) => output.ended)), enough]);
    clearTimeout(limit);
    this.quiet?.stop();
    for (const output of this.outputs) output.letGo();
  }
}

function endEarlyOf({ reason }: AbortSignal): EndEarly {
  return reason instanceof EndEarly ? reason : new EndEarly('cancelled', String(reason));
}

/** The outcome of a process that ended with `exit`, null if it never ran, and that had to end early, if it had to. */
function outcomeOf(kept: KeptOutputs, exit: Exit | null, early: EndEarly | null): Outcome {
  const stdout = kept.stdout.finish();
  const stderr = kept.stderr.finish();
  return {
    status: early?.status ?? (exit?.exitCode === 0 ? 'completed' : 'failed'),
    stdout: stdout.text,
    stderr: stderr.text,
    exitCode: exit?.exitCode ?? null,
    signal: exit?.signal ?? null,
    error: early?.message ?? (exit?.signal ? `ended by signal ${exit.signal}` : null),
    metadata: {},
    truncated: { stdout: stdout.truncated, stderr: stderr.truncated },
    outputBytes: { stdout: stdout.bytes, stderr: stderr.bytes },
  };
}
