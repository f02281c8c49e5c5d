import { homedir } from 'node:os';
import { basename } from 'node:path';
import type { HandedTaskOf } from '#contracts';
import { type ProcessOptions, runProcess } from '../process/process-runner.js';
import { workingFolder } from '../process/working-folder.js';
import type { ExecutionContext, Executor, Outcome } from './executor.js';
import { screenshotIn } from './screenshot-marker.js';

/** Shells that read options between `-c` and the command, so that one like `-v` or `+x` has to be told from them. */
const OPTIONS_BEFORE_COMMAND = new Set(['sh', 'bash', 'rbash', 'dash', 'ash', 'zsh', 'ksh', 'ksh93', 'mksh', 'yash']);

/** Runs a shell command, which reaches the shell as it is. */
export class CommandExecutor implements Executor<'command'> {
  readonly type = 'command';

  constructor(private readonly options: ProcessOptions = {}) {}

  async execute(task: HandedTaskOf<'command'>, context: ExecutionContext): Promise<Outcome> {
    const { owner, shell, signal, maxOutputBytes, live } = context;
    const isPlain = task.env === undefined && task.stdin === undefined;
    const separator = OPTIONS_BEFORE_COMMAND.has(basename(shell.path)) ? ['--'] : [];
    const folder = workingFolder(task.cwd, this.options.home ?? homedir());
    const outcome = await runProcess(
      {
        owner,
        program: shell.path,
        args: ['-c', ...separator, task.command],
        cwd: folder,
        env: { ...shell.env, ...task.env },
        stdin: task.stdin === undefined ? undefined : Buffer.from(task.stdin, task.stdinEncoding ?? 'utf8'),
        readyShells: isPlain ? shell.ready : undefined,
        programFix: 'set WORKER_SHELL to a shell that can be run, and start the worker again',
        idleTimeout: task.idleTimeout,
        maxOutputBytes,
        live,
        signal,
      },
      this.options.graceMs,
    );
    return { ...outcome, metadata: { ...outcome.metadata, ...screenshotIn(outcome) }, folder };
  }
}
