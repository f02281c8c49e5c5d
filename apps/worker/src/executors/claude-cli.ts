import { homedir } from 'node:os';
import { join } from 'node:path';
import type { HandedTaskOf } from '#contracts';
import { type ProcessOptions, runProcess } from '../process/process-runner.js';
import { findProgram } from '../process/program-path.js';
import { workingFolder } from '../process/working-folder.js';
import { conversationFolder, findConversation } from './claude-conversation.js';
import { type ExecutionContext, type Executor, fileOutcome, type Outcome } from './executor.js';
import { screenshotIn } from './screenshot-marker.js';

const INSTALL =
  'install it with "npm install -g @anthropic-ai/claude-code" on the worker\'s machine, where the login shell of the worker\'s user finds it on its PATH, and start the worker again';

/** Asks claude, without a shell between: the prompt reaches it over standard input. */
export class ClaudeExecutor implements Executor<'claude-cli'> {
  readonly type = 'claude-cli';

  constructor(private readonly options: ProcessOptions = {}) {}

  async execute(task: HandedTaskOf<'claude-cli'>, context: ExecutionContext): Promise<Outcome> {
    const { owner, signal, maxOutputBytes, live, shell } = context;
    const home = this.options.home ?? homedir();
    const program = await findProgram('claude', shell.env.PATH);
    if (program === null) return { ...fileOutcome({ error: `claude is not installed: ${INSTALL}` }), exitCode: null };

    const env = withoutNesting({ ...shell.env, ...task.env });
    const conversation = await findConversation(configFolder(env, home), task.sessionId);
    // Its own folder comes first: claude finds a conversation nowhere else.
    const cwd = (conversation && (await conversationFolder(conversation))) ?? task.cwd;
    const folder = workingFolder(cwd, home);
    const outcome = await runProcess(
      {
        owner,
        program,
        args: [
          '--print',
          '--dangerously-skip-permissions',
          ...(task.model === undefined ? [] : ['--model', task.model]),
          conversation ? '--resume' : '--session-id',
          task.sessionId,
        ],
        cwd: folder,
        env,
        stdin: Buffer.from(task.prompt),
        programFix: INSTALL,
        idleTimeout: task.idleTimeout,
        maxOutputBytes,
        live,
        signal,
      },
      this.options.graceMs,
    );
    return {
      ...outcome,
      metadata: { ...outcome.metadata, sessionId: task.sessionId, ...screenshotIn(outcome) },
      folder,
    };
  }
}

/** claude refuses to start, or holds itself for a part of another, when it finds that it was started by claude. */
function withoutNesting(env: Record<string, string>): Record<string, string> {
  const { CLAUDECODE: _code, CLAUDE_CODE_ENTRYPOINT: _entrypoint, ...others } = env;
  return others;
}

/** Where the claude that runs with these variables keeps its conversations. */
function configFolder(env: Record<string, string>, home: string): string {
  return env.CLAUDE_CONFIG_DIR || join(env.HOME || home, '.claude');
}
